#!/bin/sh
# link.sh CUT OUT CC ARGUMENTS...: link OUT with its texts and tables packed (packed.ld). A first
# link says how much room they need, packed; a second, with so much room, says what they are when
# everything lies in its place. Then they are cut out of it (cut.c) and put into the room.
set -eu
export LC_ALL=C
cut=$1 out=$2 cc=$3
shift 2
here=${0%/*}

laid() { # ROOM LINK...: link with so much room, and pack what will be in it
	cat > "$out.room.S" <<-END
			.section .packed_data, "a", %progbits
			.balign 4
			.zero 4 + $1
			.section .packed, "aw", %progbits
			.zero 16
			.section .note.GNU-stack, "", %progbits
	END
	shift
	"$cc" -c -o "$out.room.o" "$out.room.S"
	"$@" -o "$out.plain" "$out.room.o" -Wl,-T,"$here/packed.ld"
	"$("$cc" -print-prog-name=objcopy)" -O binary -j .packed "$out.plain" "$out.texts"
	# Less what gzip puts before and after.
	gzip -9nc "$out.texts" | tail -c +11 | head -c -8 > "$out.packed"
}

section() { # NAME: where it is in the file, and how large
	"$("$cc" -print-prog-name=readelf)" -SW "$out.plain" |
		sed -n "s/.* \.$1 *PROGBITS *[0-9a-f]* \([0-9a-f]*\) \([0-9a-f]*\) .*/\1 \2/p"
}

laid 1 "$@"
# Other addresses pack a little better or worse.
room=$(($(wc -c < "$out.packed") + 256))
laid $room "$@"
[ "$(wc -c < "$out.packed")" -le $room ] || {
	echo "link.sh: $out: packed, the texts do not fit into $room bytes" >&2
	exit 1
}
at=$(section packed_data)
"$cut" "$out.plain" $(section packed) "${at% *}" "$out.packed"
mv "$out.plain" "$out"
rm "$out.room.S" "$out.room.o" "$out.texts" "$out.packed"
