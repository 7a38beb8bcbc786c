#compdef warren
# zsh completion for warren.
# Made from the tables of the command line: WARREN_ACCEPT=1 unit_tests

# Words that go on, NAME= and NAME., get no blank behind them.
_warren_words() {
  compadd -S '' -- ${(M)@:#*[=.]}
  compadd -- ${@:#*[=.]}
}

# _warren_values OPTION: completes its value where that is one of a few words
_warren_values() {
  case $1 in
    --settings) compadd -- yes no override trusted ;;
    --volatile) compadd -- yes state overlay no ;;
    --notify-ready) compadd -- yes no ;;
    --suppress-sync) compadd -- yes no ;;
    --private-users) compadd -- pick identity no yes ;;
    --private-users-ownership) compadd -- auto map off ;;
    --private-users-chown) compadd -- yes no ;;
    --no-new-privileges) compadd -- yes no ;;
    --seccomp) compadd -- yes no ;;
    --personality) compadd -- x86 x86-64 ;;
    --register) compadd -- yes no ;;
    --bind-user-shell) compadd -- yes no ;;
    --resolv-conf) compadd -- auto off delete ;;
    --timezone) compadd -- auto off copy bind symlink delete ;;
    --link-journal) compadd -- no auto try-host try-guest ;;
    --console) compadd -- interactive read-only passive pipe autopipe ;;
    *) return 1 ;;
  esac
}

# _warren_options VERB: from its help
_warren_options() {
  _warren_words ${(f)"$(warren help $1 2>/dev/null | grep -oE -- '^ +(-. )?--[a-z-]+=?' | grep -oE -- '--.*')"}
}

_warren() {
  local word=$words[CURRENT] previous=$words[CURRENT-1] verb= i
  for ((i = 2; i < CURRENT; ++i)); do
    if [[ $words[i] == (spawn|run|exec|shell|login|root-login|image|start|stop|restart|reload|terminate|pause|resume|logs|copy-to|copy-from|monitor|check|show|create|destroy|list|status|audit|show-ip|show-host-key|update|set|rollback|generations|apply|up|help) ]]; then
      verb=$words[i]
      break
    fi
  done
  if [[ $word == --*=* ]]; then
    previous=${word%%=*}
    compset -P '*='
  fi
  if [[ -z $verb ]]; then
    _warren_words spawn run exec shell login root-login image start stop restart reload terminate pause resume logs copy-to copy-from monitor check show create destroy list status audit show-ip show-host-key update set rollback generations apply up help --root= --help --version
  elif [[ $verb == help ]]; then
    _warren_words spawn run exec shell login root-login image start stop restart reload terminate pause resume logs copy-to copy-from monitor check show create destroy list status audit show-ip show-host-key update set rollback generations apply up help
  elif [[ $verb == spawn ]]; then
    if _warren_values $previous; then
      :
    elif [[ $word == -* && $word != *=* ]]; then
      _warren_words --help --version --quiet --no-pager --no-ask-password --background= --share-system --settings= --cleanup --directory= --template= --ephemeral --image= --image-policy= --root-hash= --root-hash-sig= --verity-data= --mstack= --oci-bundle= --read-only --volatile --pivot-root= --as-pid2 --boot --chdir= --setenv= --user= --uid= --kill-signal= --notify-ready= --suppress-sync= --machine= --hostname= --uuid= --private-users --private-users-ownership= --private-users-chown -U --private-network --network-namespace-path= --network-veth --network-veth-extra= --network-bridge= --network-zone= --network-interface= --network-macvlan= --network-ipvlan= --port= --capability= --drop-capability= --ambient-capability= --no-new-privileges= --system-call-filter= --seccomp= --nesting --selinux-context= --selinux-apifs-context= --rlimit= --oom-score-adjust= --cpu-affinity= --personality= --slice= --property= --register= --keep-unit --bind= --bind-ro= --inaccessible= --tmpfs= --overlay= --overlay-ro= --bind-user= --bind-user-shell= --bind-user-group= --resolv-conf= --timezone= --link-journal= -j --set-credential= --load-credential= --console= --pipe
    else
      _files
    fi
  elif [[ $previous == (--set|-s) ]]; then
    _warren_words image= path= packages= ephemeral= readOnly= bindMounts. tmpfs= boot= command= environment. hostName= services. files. users. groups. mutableUsers= timeZone= privateNetwork= extraVeths. interfaces= macvlans= networkNamespace= internet= addressPool= copyResolvConf= hostBridge= hostAddress= hostAddress6= localAddress= localAddress6= localMacAddress= forwardPorts= privateUsers= nesting= seccomp= additionalCapabilities= allowedDevices= enableTun= limits.memory= limits.memoryHigh= limits.swap= limits.cpus= limits.cpuWeight= limits.tasks= limits.ioWeight= limits.io= limits.required= extraFlags= autoStart= restart= restartIfChanged= timeoutStartSec= timeoutStopSec= sockets= inherit= config= flake= nixpkgs= specialArgs=
  elif [[ $previous == (--config|-c) ]]; then
    _files
  elif [[ $word == -* ]]; then
    _warren_options $verb
  elif [[ $verb == image ]]; then
    _warren_words list build import remove
  else
    if [[ $verb == (run|exec|shell|login|root-login|start|stop|restart|reload|terminate|pause|resume|logs|copy-to|copy-from|monitor|show|create|destroy|status|audit|show-ip|show-host-key|update|set|rollback|generations) ]]; then
      compadd -- ${(f)"$(warren list 2>/dev/null | awk 'NR > 1 { print $1 }')"}
    fi
    if [[ $verb == (set) ]]; then
      _warren_words image= path= packages= ephemeral= readOnly= bindMounts. tmpfs= boot= command= environment. hostName= services. files. users. groups. mutableUsers= timeZone= privateNetwork= extraVeths. interfaces= macvlans= networkNamespace= internet= addressPool= copyResolvConf= hostBridge= hostAddress= hostAddress6= localAddress= localAddress6= localMacAddress= forwardPorts= privateUsers= nesting= seccomp= additionalCapabilities= allowedDevices= enableTun= limits.memory= limits.memoryHigh= limits.swap= limits.cpus= limits.cpuWeight= limits.tasks= limits.ioWeight= limits.io= limits.required= extraFlags= autoStart= restart= restartIfChanged= timeoutStartSec= timeoutStopSec= sockets= inherit= config= flake= nixpkgs= specialArgs=
    fi
    if [[ $verb == (copy-to|copy-from|check|apply) ]]; then
      _files
    fi
  fi
}

if [[ $funcstack[1] == _warren ]]; then
  _warren "$@"
else
  compdef _warren warren
fi
