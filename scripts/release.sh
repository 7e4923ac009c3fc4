#!/usr/bin/env bash
# Builds what is released into target/release-files: the binary, the manual page, an SBOM (CycloneDX 1.5), SHA-256 sums.
# The dependencies are those of Cargo.lock, or it fails. `--sbom-only` leaves the build out.
set -euo pipefail
cd "$(dirname "$0")/.."

out=target/release-files
rm -rf "$out"
mkdir -p "$out"
version=$(cargo metadata --locked --no-deps --format-version 1 | jq -r '.packages[] | select(.name == "claw").version')
host=$(rustc -vV | sed -n 's/^host: //p')

cyclonedx=target/tools/cargo/bin/cargo-cyclonedx
if [ "$("$cyclonedx" cyclonedx --version 2>/dev/null)" != "cargo-cyclonedx-cyclonedx 0.5.9" ]; then
  cargo install --quiet --locked --debug --root target/tools/cargo cargo-cyclonedx@0.5.9
fi
# Of what is in the binary: no tools of development, this machine's target only. The date is the last commit's.
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct) "$cyclonedx" cyclonedx --format json --spec-version 1.5 --no-build-deps \
  --target "$host" --override-filename claw-sbom --quiet
# Where it was built is nobody's business.
sed "s|$PWD|/claw|g" claw-sbom.json | jq -e 'select(.bomFormat == "CycloneDX" and (.components | length) > 100)' \
  >"$out/claw-$version-$host.cdx.json"
rm claw-sbom.json

if [ "${1:-}" != --sbom-only ]; then
  cargo build --release --locked
  install -m 0755 target/release/claw "$out/claw-$version-$host"
  install -m 0644 docs/claw.1 "$out/claw.1"
fi
(cd "$out" && sha256sum -- * >SHA256SUMS && sha256sum --check --quiet SHA256SUMS)
ls -l "$out"
