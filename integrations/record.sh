#!/usr/bin/env bash
# Records what became of releases and retires what they replaced, one commit for each, on top of BRANCH as it is now.
# Safe to run twice, and while others push: whoever comes second begins anew from what is there.
#
# BRANCH   branch that the cluster runs
# PUSH_TO  where to push (default BRANCH); another branch is overwritten, for a pull request
# TARGET   only this target (default all): the one whose cluster the kubeconfig leads to. Where there are several, one run for each
# RECORD   text of one release record, where this job cannot reach the cluster; then nothing is retired
# TRIGGER_PAYLOAD  file with the JSON that triggered the job, in which a notification of the runner brings that record: the
#          body as GitLab keeps it, or the event as GitHub does. With a KUBECONFIG the cluster is asked all the same, and
#          with neither that nor a record, nobody is
# RETIRE_BY_TIME  not empty: what was replaced is retired without asking the cluster, where this job has none. For who knows that
#          commits are applied well within `history.keepWarm`
# Exit code 1: a record that was sent was not taken, what was written is not exactly a record, or others pushed to BRANCH each time.
# 2 and more: so a command of tidegate ended, the highest of all; the other releases are recorded and pushed all the same.
set -euo pipefail

: "${BRANCH:?names the branch}"
push_to=${PUSH_TO:-$BRANCH}
read -ra tidegate <<<"${TIDEGATE:-npx --no-install tidegate}"

# A file, since a record may be larger than what a process takes in its environment.
record=$(mktemp)
trap 'rm -f "$record"' EXIT
if [[ -n ${RECORD:-} ]]; then
  printf '%s' "$RECORD" >"$record"
  unset RECORD
elif [[ -z ${KUBECONFIG:-} && -f ${TRIGGER_PAYLOAD:-} ]]; then
  # A record that is too large for the service comes compressed.
  node -e '
    const payload = JSON.parse(require("fs").readFileSync(process.env.TRIGGER_PAYLOAD, "utf8"));
    const record = (payload.client_payload ?? payload).record ?? "";
    const text = typeof record === "string" ? Buffer.from(record, "base64") : JSON.stringify(record);
    const most = { maxOutputLength: 4 << 20 };
    process.stdout.write(typeof record === "string" && record !== "" ? require("zlib").gunzipSync(text, most) : text);
  ' >"$record"
  [[ -s $record || -n ${RETIRE_BY_TIME:-} ]] || { echo 'neither a cluster nor a record' && exit 0; }
fi

# 1 is an answer: it has not ended, or the route does not agree yet. More is a mistake of this release, which stops no other.
failed=0
fails() { (($1 <= failed)) || failed=$1; }

ask() {
  local code=0
  "${tidegate[@]}" "$@" || code=$?
  if ((code > 1)); then
    fails "$code"
    git checkout --quiet HEAD -- dist lock
    git clean --force --quiet -d -- dist lock releases
  fi
  return "$code"
}

keep() {
  [[ -n $(git status --porcelain -- dist lock releases) ]] || return 0
  git add --all -- dist lock releases
  git commit --quiet --message "$1"
  # What a person need not look at is proved, not believed.
  "${tidegate[@]}" record --check --base HEAD~1 || { fails $? && git checkout --quiet --detach HEAD~1; }
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

retire_lock() {
  local lock=$1
  shift
  if ! grep -q '^retiring: \[\]$' "$lock" && ask record "$@" --retire --without-cluster; then keep "Retire what $1 has replaced"; fi
}

# Whose record it is comes from outside, and is a name before it is part of a command.
field() {
  local value
  value=$(node -p 'JSON.parse(require("fs").readFileSync(process.argv[1], "utf8"))?.[process.argv[2]] ?? ""' "$record" "$1")
  [[ $value =~ ^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$ ]] || { echo "the record's $1 is no name" >&2 && return 1; }
  echo "$value"
}

record_text() {
  local release target namespace
  release=$(field release)
  target=$(field target)
  namespace=$(field namespace)
  ask record "$release" --target "$target" --namespace "$namespace" --from - <"$record" || return
  keep "Record the release of $release"
}

# What was pushed before for the same, and waits to be merged, stays as it is.
is_pushed() {
  git fetch --quiet origin "$push_to" 2>/dev/null || return 1
  [[ $(git rev-parse 'FETCH_HEAD^{tree}') == $(git rev-parse 'HEAD^{tree}') ]] && git merge-base --is-ancestor "$before" FETCH_HEAD
}

for _ in 1 2 3 4 5; do
  git fetch --quiet origin "$BRANCH"
  git checkout --quiet --detach FETCH_HEAD
  failed=0
  before=$(git rev-parse HEAD)
  if [[ -s $record ]]; then
    record_text
  elif [[ -z ${KUBECONFIG:-} && -n ${RETIRE_BY_TIME:-} ]]; then
    each_lock retire_lock
  else
    each_lock record_lock
  fi
  [[ $(git rev-parse HEAD) != "$before" ]] || exit "$failed"
  if [[ $push_to == "$BRANCH" ]]; then
    git push --quiet origin "HEAD:refs/heads/$BRANCH" && exit "$failed"
  else
    is_pushed && exit "$failed"
    git push --quiet --force origin "HEAD:refs/heads/$push_to" && exit "$failed"
  fi
done
echo "others pushed to $BRANCH each time; run it again" >&2
exit 1
