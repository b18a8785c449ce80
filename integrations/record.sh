#!/usr/bin/env bash
# Records what became of releases and retires what they replaced, one commit for each, on top of BRANCH as it is now.
# Safe to run twice, and while others push: whoever comes second begins anew from what is there.
#
# BRANCH   branch that the cluster runs
# PUSH_TO  where to push (default BRANCH); another branch is overwritten, for a pull request
# TARGET   only this target (default all): the one whose cluster the kubeconfig leads to
# RECORD   text of one release record, where this job cannot reach the cluster; then nothing is retired
# TRIGGER_PAYLOAD  file with the JSON that triggered the job (GitLab sets it), whose field `record` is that record. A
#          notification of the runner has none: then the cluster is asked at once, and where there is none, nobody is
set -euo pipefail

: "${BRANCH:?names the branch}"
push_to=${PUSH_TO:-$BRANCH}
read -ra tidegate <<<"${TIDEGATE:-npx --no-install tidegate}"

if [[ -z ${RECORD:-} && -f ${TRIGGER_PAYLOAD:-} ]]; then
  RECORD=$(node -p 'JSON.stringify(JSON.parse(require("fs").readFileSync(process.env.TRIGGER_PAYLOAD, "utf8")).record) ?? ""')
  if [[ -z $RECORD && -z ${KUBECONFIG:-} ]]; then
    echo 'neither a cluster nor a record' && exit 0
  fi
  export RECORD
fi

# 1 is an answer: it has not ended, or the route does not agree yet.
ask() {
  local code=0
  "${tidegate[@]}" "$@" || code=$?
  ((code < 2)) || exit "$code"
  return "$code"
}

keep() {
  [[ -n $(git status --porcelain -- dist lock releases) ]] || return 0
  git add --all -- dist lock releases
  git commit --quiet --message "$1"
  # What a person need not look at is proved, not believed.
  "${tidegate[@]}" record --check --base HEAD~1
}

each_lock() {
  local lock target namespace release
  for lock in lock/*/*/*.yaml; do
    IFS=/ read -r _ target namespace release <<<"${lock%.yaml}"
    [[ -z ${TARGET:-} || $TARGET == "$target" ]] || continue
    "$1" "$lock" "$release" --target "$target" --namespace "$namespace"
  done
}

record_lock() {
  local lock=$1
  shift
  if ! grep -q '^inFlight: null$' "$lock" && ask record "$@"; then keep "Record the release of $1"; fi
  if ! grep -q '^retiring: \[\]$' "$lock" && ask record "$@" --retire; then keep "Retire what $1 has replaced"; fi
}

record_text() {
  local field release target namespace
  field() { node -p 'JSON.parse(process.env.RECORD)[process.argv[1]]' "$1"; }
  release=$(field release) target=$(field target) namespace=$(field namespace)
  if ask record "$release" --target "$target" --namespace "$namespace" --from - <<<"$RECORD"; then keep "Record the release of $release"; fi
}

for _ in 1 2 3 4 5; do
  git fetch --quiet origin "$BRANCH"
  git checkout --quiet --detach FETCH_HEAD
  before=$(git rev-parse HEAD)
  if [[ -n ${RECORD:-} ]]; then record_text; else each_lock record_lock; fi
  [[ $(git rev-parse HEAD) != "$before" ]] || exit 0
  if [[ $push_to == "$BRANCH" ]]; then
    git push --quiet origin "HEAD:refs/heads/$BRANCH" && exit 0
  else
    git push --quiet --force origin "HEAD:refs/heads/$push_to" && exit 0
  fi
done
echo "others pushed to $BRANCH each time; run it again" >&2
exit 1
