#!/bin/sh
# link.sh OUT CC ARGUMENTS...: link OUT with its texts packed (packed.ld). The texts do not depend
# on where they lie, so a first link lays them out; the second has them compressed.
set -eu
export LC_ALL=C
out=$1 cc=$2
shift
here=${0%/*}

data() { # assemble what the texts became
	cat > "$out.packed.S" <<-END
			.section .rodata.packed_data, "a", %progbits
			.globl packed_data, packed_data_end
		packed_data: .incbin "$out.packed"
		packed_data_end:
			.section .packed, "aw", %progbits
			.zero 16
			.section .note.GNU-stack, "", %progbits
	END
	"$cc" -c -o "$out.packed.o" "$out.packed.S"
}

: > "$out.packed"
data
sed 's/ (NOLOAD)//' "$here/packed.ld" > "$out.ld"
"$@" -o "$out.texts" "$out.packed.o" -Wl,-T,"$out.ld"
"$("$cc" -print-prog-name=objcopy)" -O binary -j .packed "$out.texts" "$out.plain"
# Less what gzip puts before and after.
gzip -9nc "$out.plain" | tail -c +11 | head -c -8 > "$out.packed"
data
"$@" -o "$out" "$out.packed.o" -Wl,-T,"$here/packed.ld"
rm -f "$out.texts" "$out.plain" "$out.ld" "$out.packed" "$out.packed.S" "$out.packed.o"
