#!/bin/sh
# Check that a document stands in a record in which nobody can change anything unseen, with standard tools alone:
#   sh check.sh PROOF KEY [DOCUMENT]
# PROOF is a C2SP tlog-proof, KEY the file with the record's public key (one line: name+id+base64), DOCUMENT the file
# it is about. Needed: a POSIX shell, openssl 3 and base64. It reads, computes and says; it changes nothing.
set -eu
[ $# -ge 2 ] || { echo "usage: sh check.sh PROOF KEY [DOCUMENT]" >&2; exit 2; }
proof=$1 document=${3:-}
key=$(head -n 1 "$2")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "NOT PROVEN: $1" >&2; exit 1; }
sha256() { openssl dgst -sha256 -binary; }
decode() { printf '%s\n' "$1" | base64 -d 2>/dev/null || fail "something in it is not base64"; }

# The key: its name, and the 32 bytes of an Ed25519 public key after the byte 1, as openssl wants them.
name=${key%%+*} rest=${key#*+}
id=${rest%%+*}
decode "${rest#*+}" > "$work/raw"
[ "$(wc -c < "$work/raw")" -eq 33 ] || fail "the key is not an Ed25519 key"
{ printf '\060\052\060\005\006\003\053\145\160\003\041\000'; tail -c 32 "$work/raw"; } > "$work/key.der"
{ printf '%s\n' "$name"; cat "$work/raw"; } | sha256 | head -c 4 > "$work/id"
[ "$(od -An -v -tx1 < "$work/id" | tr -d ' \n')" = "$id" ] || fail "the key's id does not fit its name"

# The proof: a first line, the entry, its index, hashes; an empty line; the checkpoint: text, an empty line, signatures.
[ "$(head -n 1 "$proof")" = "c2sp.org/tlog-proof@v1" ] || fail "this is not a proof"
decode "$(sed -n '2s/^extra //p' "$proof")" > "$work/entry"
index=$(sed -n '3s/^index //p' "$proof")
sed -n '4,/^$/p' "$proof" | sed '/^$/d' > "$work/path"
sed '1,/^$/d' "$proof" > "$work/note"
sed '/^$/,$d' "$work/note" > "$work/text"
sed '1,/^$/d' "$work/note" > "$work/signatures"
[ "$(sed -n 1p "$work/text")" = "$name" ] || fail "the checkpoint is of another record"
size=$(sed -n 2p "$work/text")
decode "$(sed -n 3p "$work/text")" > "$work/root"
case "$index$size" in *[!0-9]* | "") fail "the numbers in it are none" ;; esac

# The signature, of the key with this name and id.
signed=no
while read -r _ who signature; do
  [ "$who" = "$name" ] || continue
  decode "$signature" > "$work/whole"
  head -c 4 "$work/whole" | cmp -s - "$work/id" || continue
  tail -c +5 "$work/whole" > "$work/signature"
  openssl pkeyutl -verify -pubin -keyform DER -inkey "$work/key.der" -rawin -in "$work/text" \
    -sigfile "$work/signature" > /dev/null 2>&1 || fail "the signature of the checkpoint is false"
  signed=yes
done < "$work/signatures"
[ "$signed" = yes ] || fail "this key has not signed the checkpoint"

# From the entry up to the root (RFC 9162, 2.1.3.2).
[ "$index" -lt "$size" ] || fail "the record does not reach so far"
{ printf '\000'; cat "$work/entry"; } | sha256 > "$work/hash"
here=$index last=$((size - 1))
while read -r step; do
  [ "$last" -gt 0 ] || fail "there are too many hashes"
  decode "$step" > "$work/step"
  if [ $((here % 2)) -eq 1 ] || [ "$here" -eq "$last" ]; then
    { printf '\001'; cat "$work/step" "$work/hash"; } | sha256 > "$work/next"
    while [ $((here % 2)) -eq 0 ] && [ "$here" -gt 0 ]; do here=$((here / 2)) last=$((last / 2)); done
  else
    { printf '\001'; cat "$work/hash" "$work/step"; } | sha256 > "$work/next"
  fi
  mv "$work/next" "$work/hash"
  here=$((here / 2)) last=$((last / 2))
done < "$work/path"
[ "$last" -eq 0 ] || fail "there are too few hashes"
cmp -s "$work/hash" "$work/root" || fail "the hashes do not lead to the root that was signed"
echo "proven: entry $index of $size in the record of $name"
cat "$work/entry"
echo

# The document, by its hash in the entry.
if [ -n "$document" ]; then
  hash=$(openssl dgst -sha256 -r "$document" | cut -d ' ' -f 1)
  grep -q "\"public_hash\":\"$hash\"" "$work/entry" || fail "the document is not the one that was recorded"
  echo "proven: $document is the document that was recorded, SHA-256 $hash"
fi
