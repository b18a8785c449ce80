#!/usr/bin/env bash
# The script of action.yml: lints, annotates, writes summary and outputs, keeps one comment, and ends as lint ended.
set -euo pipefail

reports=${RUNNER_TEMP:-$(mktemp -d)}/tidegate
mkdir -p "$reports"

read -ra tidegate <<<"${TIDEGATE:-npx --no-install tidegate}"
read -ra paths <<<"${PATHS:-}"
options=(--fail-on "${FAIL_ON:-error}")

if [[ -n ${BASE:-} ]]; then
  # A checkout has the one commit that it is about.
  git cat-file -e "$BASE^{commit}" 2>/dev/null || git fetch --quiet --no-tags --depth=1 origin "$BASE"
  options+=(--base "$BASE")
fi

code=0
"${tidegate[@]}" lint "${paths[@]}" "${options[@]}" --format github \
  --format "json=$reports/lint.json" --format "sarif=$reports/lint.sarif" --format "markdown=$reports/lint.md" || code=$?
# 2: it could not lint; it has said why.
((code < 2)) || exit "$code"

cat "$reports/lint.md" >>"${GITHUB_STEP_SUMMARY:-/dev/null}"
count() { node -p "JSON.parse(fs.readFileSync(process.argv[1], 'utf8')).summary.$1" "$reports/lint.json"; }
{
  echo "errors=$(count errors)"
  echo "warnings=$(count warnings)"
  echo "sarif=$reports/lint.sarif"
  echo "markdown=$reports/lint.md"
} >>"${GITHUB_OUTPUT:-/dev/null}"

if [[ ${COMMENT:-false} == true && -n ${PULL_REQUEST:-} ]]; then
  marker='<!-- tidegate lint -->'
  { echo "$marker"; cat "$reports/lint.md"; } >"$reports/comment.md"
  comments=repos/$GITHUB_REPOSITORY/issues/$PULL_REQUEST/comments
  ours=$(gh api "$comments" --paginate --jq ".[] | select(.body | startswith(\"$marker\")) | .id" | head -n 1)
  if [[ -n $ours ]]; then
    gh api --silent --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$ours" --field "body=@$reports/comment.md"
  else
    gh api --silent --method POST "$comments" --field "body=@$reports/comment.md"
  fi
fi
exit "$code"
