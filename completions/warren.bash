# bash completion for warren, and for systemd-nspawn where that is a name of warren.
# Made from the tables of the command line: WARREN_ACCEPT=1 unit_tests

_warren_values() {
  case $1 in
    --settings) echo "yes no override trusted" ;;
    --volatile) echo "yes state overlay no" ;;
    --notify-ready) echo "yes no" ;;
    --suppress-sync) echo "yes no" ;;
    --private-users) echo "pick identity no yes" ;;
    --private-users-ownership) echo "auto map off" ;;
    --private-users-chown) echo "yes no" ;;
    --no-new-privileges) echo "yes no" ;;
    --seccomp) echo "yes no" ;;
    --personality) echo "x86 x86-64" ;;
    --register) echo "yes no" ;;
    --bind-user-shell) echo "yes no" ;;
    --resolv-conf) echo "auto off delete" ;;
    --timezone) echo "auto off copy bind symlink delete" ;;
    --link-journal) echo "no auto try-host try-guest" ;;
    --console) echo "interactive read-only passive pipe autopipe" ;;
  esac
}

# _warren_words "WORDS" WORD: those that begin so; no blank behind what goes on
_warren_words() {
  mapfile -t COMPREPLY < <(compgen -W "$1" -- "$2")
  [[ ${COMPREPLY[0]} == *[=.] ]] && compopt -o nospace 2>/dev/null
}

_warren_files() {
  mapfile -t COMPREPLY < <(compgen -f -- "$1")
  compopt -o filenames 2>/dev/null
}

_warren_names() {
  warren list 2>/dev/null | awk 'NR > 1 { print $1 }'
}

# _warren_options VERB: from its help, which is made from the table that it is read with
_warren_options() {
  warren help "$1" 2>/dev/null | grep -oE -- '^ +(-. )?--[a-z-]+=?' | grep -oE -- '--.*'
}

# _warren_spawn WORD PREVIOUS: completions of a word of `warren spawn`
_warren_spawn() {
  local word=$1 previous=$2 values
  if [[ $word == = ]]; then
    word=
  elif [[ $previous == = ]]; then
    previous=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  values=$(_warren_values "$previous")
  if [[ -n $values ]]; then
    _warren_words "$values" "$word"
  elif [[ $word == -* ]]; then
    _warren_words "--help --version --quiet --no-pager --no-ask-password --background= --share-system --settings= --cleanup --directory= --template= --ephemeral --image= --image-policy= --root-hash= --root-hash-sig= --verity-data= --mstack= --oci-bundle= --read-only --volatile --pivot-root= --as-pid2 --boot --chdir= --setenv= --user= --uid= --kill-signal= --notify-ready= --suppress-sync= --machine= --hostname= --uuid= --private-users --private-users-ownership= --private-users-chown -U --private-network --network-namespace-path= --network-veth --network-veth-extra= --network-bridge= --network-zone= --network-interface= --network-macvlan= --network-ipvlan= --port= --capability= --drop-capability= --ambient-capability= --no-new-privileges= --system-call-filter= --seccomp= --nesting --selinux-context= --selinux-apifs-context= --rlimit= --oom-score-adjust= --cpu-affinity= --personality= --slice= --property= --register= --keep-unit --bind= --bind-ro= --inaccessible= --tmpfs= --overlay= --overlay-ro= --bind-user= --bind-user-shell= --bind-user-group= --resolv-conf= --timezone= --link-journal= -j --set-credential= --load-credential= --console= --pipe" "$word"
  else
    _warren_files "$word"
  fi
}

# _warren_verb VERB WORD PREVIOUS: of a word of another verb
_warren_verb() {
  local verb=$1 word=$2 previous=$3
  if [[ $word == = ]]; then
    word=
  elif [[ $previous == = ]]; then
    previous=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  if [[ $previous == --set || $previous == -s ]]; then
    _warren_words "image= path= packages= ephemeral= readOnly= bindMounts. tmpfs= boot= command= environment. hostName= services. files. users. groups. mutableUsers= timeZone= privateNetwork= extraVeths. interfaces= macvlans= networkNamespace= internet= addressPool= copyResolvConf= hostBridge= hostAddress= hostAddress6= localAddress= localAddress6= localMacAddress= forwardPorts= privateUsers= nesting= seccomp= additionalCapabilities= allowedDevices= enableTun= limits.memory= limits.memoryHigh= limits.swap= limits.cpus= limits.cpuWeight= limits.tasks= limits.ioWeight= limits.io= limits.required= extraFlags= autoStart= restart= restartIfChanged= timeoutStartSec= timeoutStopSec= sockets= inherit= config= flake= nixpkgs= specialArgs=" "$word"
  elif [[ $previous == --config || $previous == -c ]]; then
    _warren_files "$word"
  elif [[ $word == -* ]]; then
    _warren_words "$(_warren_options "$verb")" "$word"
  else
    case $verb in
      image) _warren_words "list build import remove" "$word" ;;
      set) _warren_words "image= path= packages= ephemeral= readOnly= bindMounts. tmpfs= boot= command= environment. hostName= services. files. users. groups. mutableUsers= timeZone= privateNetwork= extraVeths. interfaces= macvlans= networkNamespace= internet= addressPool= copyResolvConf= hostBridge= hostAddress= hostAddress6= localAddress= localAddress6= localMacAddress= forwardPorts= privateUsers= nesting= seccomp= additionalCapabilities= allowedDevices= enableTun= limits.memory= limits.memoryHigh= limits.swap= limits.cpus= limits.cpuWeight= limits.tasks= limits.ioWeight= limits.io= limits.required= extraFlags= autoStart= restart= restartIfChanged= timeoutStartSec= timeoutStopSec= sockets= inherit= config= flake= nixpkgs= specialArgs=" "$word" ;;&
      copy-to|copy-from|check|apply) _warren_files "$word" ;;&
      run|exec|shell|login|root-login|start|stop|restart|reload|terminate|pause|resume|logs|copy-to|copy-from|monitor|show|create|destroy|status|audit|show-ip|show-host-key|update|set|rollback|generations) COMPREPLY+=($(compgen -W "$(_warren_names)" -- "$word")) ;;
    esac
  fi
}

_warren() {
  local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; ++i)); do
    case ${COMP_WORDS[i]} in
      spawn) _warren_spawn "$word" "$previous"; return ;;
      help) _warren_words "spawn run exec shell login root-login image start stop restart reload terminate pause resume logs copy-to copy-from monitor check show create destroy list status audit show-ip show-host-key update set rollback generations apply up help" "$word"; return ;;
      spawn|run|exec|shell|login|root-login|image|start|stop|restart|reload|terminate|pause|resume|logs|copy-to|copy-from|monitor|check|show|create|destroy|list|status|audit|show-ip|show-host-key|update|set|rollback|generations|apply|up|help) _warren_verb "${COMP_WORDS[i]}" "$word" "$previous"; return ;;
    esac
  done
  _warren_words "spawn run exec shell login root-login image start stop restart reload terminate pause resume logs copy-to copy-from monitor check show create destroy list status audit show-ip show-host-key update set rollback generations apply up help --root= --help --version" "$word"
}

_warren_nspawn() {
  COMPREPLY=()
  _warren_spawn "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
}

complete -F _warren warren
if [[ $(readlink -f "$(type -P systemd-nspawn)" 2>/dev/null) == */warren ]]; then
  complete -F _warren_nspawn systemd-nspawn
fi
