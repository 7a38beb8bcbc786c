# fish completion for warren.
# Made from the tables of the command line: WARREN_ACCEPT=1 unit_tests

# The verb that is on the command line.
function __warren_verb
    for word in (commandline -opc)[2..-1]
        if contains -- $word spawn run exec shell login root-login image start stop restart reload terminate pause resume logs copy-to copy-from monitor check show create destroy list status audit show-ip show-host-key update set rollback generations apply up help
            echo $word
            return 0
        end
    end
    return 1
end

function __warren_is
    contains -- (__warren_verb; or echo none) $argv
end

function __warren_names
    warren list 2>/dev/null | awk 'NR > 1 { print $1 }'
end

# Of the verb, from its help.
function __warren_options
    warren help (__warren_verb) 2>/dev/null | string match -gr -- '^ +(?:-. )?(--[a-z-]+=?)'
end

function __warren_wants_option
    __warren_verb >/dev/null; and not __warren_is spawn help
    and string match -q -- '-*' (commandline -ct)
end

function __warren_wants_setting
    __warren_is set; or contains -- (commandline -opc)[-1] --set -s
end

complete -c warren -f
complete -c warren -n 'not __warren_verb >/dev/null' -l root -x -a '(__fish_complete_directories)'
complete -c warren -n 'not __warren_verb >/dev/null' -l version -d 'show the version'
complete -c warren -l help -s h -d 'show help'
complete -c warren -n 'not __warren_verb >/dev/null' -a spawn -d 'run a root tree in the foreground'
complete -c warren -n 'not __warren_verb >/dev/null' -a run -d 'run a command in a running container'
complete -c warren -n 'not __warren_verb >/dev/null' -a exec -d 'the same as run'
complete -c warren -n 'not __warren_verb >/dev/null' -a shell -d 'open a user\'s shell in a running container'
complete -c warren -n 'not __warren_verb >/dev/null' -a login -d 'log in to a running container'
complete -c warren -n 'not __warren_verb >/dev/null' -a root-login -d 'open root\'s shell in a running container'
complete -c warren -n 'not __warren_verb >/dev/null' -a image -d 'the store of images'
complete -c warren -n 'not __warren_verb >/dev/null' -a start -d 'start declared containers'
complete -c warren -n 'not __warren_verb >/dev/null' -a stop -d 'end them'
complete -c warren -n 'not __warren_verb >/dev/null' -a restart -d 'end and start them again'
complete -c warren -n 'not __warren_verb >/dev/null' -a reload -d 'make their init read its configuration again'
complete -c warren -n 'not __warren_verb >/dev/null' -a terminate -d 'kill them at once'
complete -c warren -n 'not __warren_verb >/dev/null' -a pause -d 'stop their processes until they are resumed'
complete -c warren -n 'not __warren_verb >/dev/null' -a resume -d 'let them go on'
complete -c warren -n 'not __warren_verb >/dev/null' -a logs -d 'show what containers have printed'
complete -c warren -n 'not __warren_verb >/dev/null' -a copy-to -d 'copy files into a running container'
complete -c warren -n 'not __warren_verb >/dev/null' -a copy-from -d 'copy files out of a running container'
complete -c warren -n 'not __warren_verb >/dev/null' -a monitor -d 'keep a declared container running (for service managers)'
complete -c warren -n 'not __warren_verb >/dev/null' -a check -d 'say what is wrong with declarations'
complete -c warren -n 'not __warren_verb >/dev/null' -a show -d 'print declared containers, complete'
complete -c warren -n 'not __warren_verb >/dev/null' -a create -d 'make a container'
complete -c warren -n 'not __warren_verb >/dev/null' -a destroy -d 'end and remove containers'
complete -c warren -n 'not __warren_verb >/dev/null' -a list -d 'list all containers'
complete -c warren -n 'not __warren_verb >/dev/null' -a status -d 'show how containers are'
complete -c warren -n 'not __warren_verb >/dev/null' -a audit -d 'list what weakens containers'
complete -c warren -n 'not __warren_verb >/dev/null' -a show-ip -d 'print a container\'s address'
complete -c warren -n 'not __warren_verb >/dev/null' -a show-host-key -d 'print a container\'s SSH host key'
complete -c warren -n 'not __warren_verb >/dev/null' -a update -d 'make a container\'s next generation'
complete -c warren -n 'not __warren_verb >/dev/null' -a set -d 'change a container that was made by hand'
complete -c warren -n 'not __warren_verb >/dev/null' -a rollback -d 'go back to an earlier generation'
complete -c warren -n 'not __warren_verb >/dev/null' -a generations -d 'list a container\'s generations'
complete -c warren -n 'not __warren_verb >/dev/null' -a apply -d 'make all containers what is declared'
complete -c warren -n 'not __warren_verb >/dev/null' -a up -d 'start all containers with autoStart'
complete -c warren -n 'not __warren_verb >/dev/null' -a help -d 'show this, or the help of a verb'
complete -c warren -n '__warren_is help' -a 'spawn run exec shell login root-login image start stop restart reload terminate pause resume logs copy-to copy-from monitor check show create destroy list status audit show-ip show-host-key update set rollback generations apply up help'
complete -c warren -n '__warren_is image' -a 'list build import remove'
complete -c warren -n '__warren_is run exec shell login root-login start stop restart reload terminate pause resume logs copy-to copy-from monitor show create destroy status audit show-ip show-host-key update set rollback generations' -a '(__warren_names)'
complete -c warren -n '__warren_is copy-to copy-from check apply' -F
complete -c warren -n __warren_wants_option -a '(__warren_options)'
complete -c warren -n __warren_wants_setting -a 'image= path= packages= ephemeral= readOnly= bindMounts. tmpfs= boot= command= environment. hostName= services. files. users. groups. mutableUsers= timeZone= privateNetwork= extraVeths. interfaces= macvlans= networkNamespace= internet= addressPool= copyResolvConf= hostBridge= hostAddress= hostAddress6= localAddress= localAddress6= localMacAddress= forwardPorts= privateUsers= nesting= seccomp= additionalCapabilities= allowedDevices= enableTun= limits.memory= limits.memoryHigh= limits.swap= limits.cpus= limits.cpuWeight= limits.tasks= limits.ioWeight= limits.io= limits.required= extraFlags= autoStart= restart= restartIfChanged= timeoutStartSec= timeoutStopSec= sockets= inherit= config= flake= nixpkgs= specialArgs='
complete -c warren -n '__warren_is spawn' -l help -s h
complete -c warren -n '__warren_is spawn' -l version
complete -c warren -n '__warren_is spawn' -l quiet -s q -d 'say nothing but errors'
complete -c warren -n '__warren_is spawn' -l no-pager
complete -c warren -n '__warren_is spawn' -l no-ask-password
complete -c warren -n '__warren_is spawn' -l background -r -F
complete -c warren -n '__warren_is spawn' -l share-system
complete -c warren -n '__warren_is spawn' -l settings -r -f -a 'yes no override trusted'
complete -c warren -n '__warren_is spawn' -l cleanup -d 'remove what a killed container of this name left, and exit'
complete -c warren -n '__warren_is spawn' -l directory -s D -r -F -d 'the root tree (default: the current directory)'
complete -c warren -n '__warren_is spawn' -l template -r -F -d 'make the tree as a copy of this one if it does not exist'
complete -c warren -n '__warren_is spawn' -l ephemeral -s x -d 'throw all changes away at the end'
complete -c warren -n '__warren_is spawn' -l image -s i -r -F
complete -c warren -n '__warren_is spawn' -l image-policy -r -F
complete -c warren -n '__warren_is spawn' -l root-hash -r -F
complete -c warren -n '__warren_is spawn' -l root-hash-sig -r -F
complete -c warren -n '__warren_is spawn' -l verity-data -r -F
complete -c warren -n '__warren_is spawn' -l mstack -r -F
complete -c warren -n '__warren_is spawn' -l oci-bundle -r -F
complete -c warren -n '__warren_is spawn' -l read-only -d 'nothing in the tree can be changed'
complete -c warren -n '__warren_is spawn' -l volatile -f -a 'yes state overlay no' -d 'keep only /usr; all but /var; the changes in memory'
complete -c warren -n '__warren_is spawn' -l pivot-root -r -F -d 'start in directory NEW of the tree; show the tree at OLD'
complete -c warren -n '__warren_is spawn' -l as-pid2 -s a -d 'put a little init in front of the command'
complete -c warren -n '__warren_is spawn' -l boot -s b -d 'run the tree\'s own init, with the arguments'
complete -c warren -n '__warren_is spawn' -l chdir -r -F -d 'start in this directory'
complete -c warren -n '__warren_is spawn' -l setenv -s E -r -F -d 'set an environment variable'
complete -c warren -n '__warren_is spawn' -l user -s u -r -F -d 'run the command as this user of the container'
complete -c warren -n '__warren_is spawn' -l uid -r -F
complete -c warren -n '__warren_is spawn' -l kill-signal -r -F -d 'what asks process 1 to end'
complete -c warren -n '__warren_is spawn' -l notify-ready -r -f -a 'yes no' -d 'be ready when process 1 says so'
complete -c warren -n '__warren_is spawn' -l suppress-sync -r -f -a 'yes no' -d 'let fsync and the like do nothing'
complete -c warren -n '__warren_is spawn' -l machine -s M -r -F -d 'name on the host (default: the tree\'s)'
complete -c warren -n '__warren_is spawn' -l hostname -r -F -d 'name inside'
complete -c warren -n '__warren_is spawn' -l uuid -r -F -d 'machine id, if the tree has none'
complete -c warren -n '__warren_is spawn' -l private-users -f -a 'pick identity no yes' -d 'the ids that the container has on the host (default: pick)'
complete -c warren -n '__warren_is spawn' -l private-users-ownership -r -f -a 'auto map off' -d 'whether files get those ids by mapping'
complete -c warren -n '__warren_is spawn' -l private-users-chown -f -a 'yes no'
complete -c warren -n '__warren_is spawn' -s U
complete -c warren -n '__warren_is spawn' -l private-network -d 'nothing but a loopback interface'
complete -c warren -n '__warren_is spawn' -l network-namespace-path -r -F -d 'join this network namespace'
complete -c warren -n '__warren_is spawn' -l network-veth -s n -d 'a pair of interfaces: host0 inside, ve-NAME on the host'
complete -c warren -n '__warren_is spawn' -l network-veth-extra -r -F -d 'one more pair, with these names'
complete -c warren -n '__warren_is spawn' -l network-bridge -r -F -d '-n, with the host\'s end in this bridge'
complete -c warren -n '__warren_is spawn' -l network-zone -r -F -d '-n, in the bridge vz-NAME that all of the zone share'
complete -c warren -n '__warren_is spawn' -l network-interface -r -F -d 'move this interface of the host\'s inside'
complete -c warren -n '__warren_is spawn' -l network-macvlan -r -F -d 'a macvlan on this interface of the host\'s'
complete -c warren -n '__warren_is spawn' -l network-ipvlan -r -F -d 'an ipvlan on this interface of the host\'s'
complete -c warren -n '__warren_is spawn' -l port -s p -r -F -d 'a port of the host that leads inside'
complete -c warren -n '__warren_is spawn' -l capability -r -F -d 'add capabilities'
complete -c warren -n '__warren_is spawn' -l drop-capability -r -F -d 'take capabilities away'
complete -c warren -n '__warren_is spawn' -l ambient-capability -r -F -d 'give the command capabilities, whoever runs it'
complete -c warren -n '__warren_is spawn' -l no-new-privileges -r -f -a 'yes no' -d 'set-id programs gain nothing'
complete -c warren -n '__warren_is spawn' -l system-call-filter -r -F -d 'allow more system calls, or with ~ fewer'
complete -c warren -n '__warren_is spawn' -l seccomp -r -f -a 'yes no' -d 'whether system calls are filtered at all'
complete -c warren -n '__warren_is spawn' -l nesting -d 'containers can be made inside'
complete -c warren -n '__warren_is spawn' -l selinux-context -s Z -r -F
complete -c warren -n '__warren_is spawn' -l selinux-apifs-context -s L -r -F
complete -c warren -n '__warren_is spawn' -l rlimit -r -F -d 'set a resource limit'
complete -c warren -n '__warren_is spawn' -l oom-score-adjust -r -F -d 'how likely it is killed when memory is short'
complete -c warren -n '__warren_is spawn' -l cpu-affinity -r -F -d 'processors it may run on'
complete -c warren -n '__warren_is spawn' -l personality -r -f -a 'x86 x86-64' -d 'architecture that uname shows'
complete -c warren -n '__warren_is spawn' -l slice -s S -r -F
complete -c warren -n '__warren_is spawn' -l property -r -F
complete -c warren -n '__warren_is spawn' -l register -r -f -a 'yes no'
complete -c warren -n '__warren_is spawn' -l keep-unit -d 'run in the caller\'s unit; a reboot ends with status 133'
complete -c warren -n '__warren_is spawn' -l bind -r -F -d 'show a file or directory of the host'
complete -c warren -n '__warren_is spawn' -l bind-ro -r -F -d 'the same, read-only'
complete -c warren -n '__warren_is spawn' -l inaccessible -r -F -d 'hide what is there'
complete -c warren -n '__warren_is spawn' -l tmpfs -r -F -d 'an empty directory in memory'
complete -c warren -n '__warren_is spawn' -l overlay -r -F -d 'directories on top of each other'
complete -c warren -n '__warren_is spawn' -l overlay-ro -r -F -d 'the same, read-only'
complete -c warren -n '__warren_is spawn' -l bind-user -r -F
complete -c warren -n '__warren_is spawn' -l bind-user-shell -r -f -a 'yes no'
complete -c warren -n '__warren_is spawn' -l bind-user-group -r -F
complete -c warren -n '__warren_is spawn' -l resolv-conf -r -f -a 'auto off delete' -d 'where /etc/resolv.conf comes from'
complete -c warren -n '__warren_is spawn' -l timezone -r -f -a 'auto off copy bind symlink delete' -d 'where /etc/localtime comes from'
complete -c warren -n '__warren_is spawn' -l link-journal -r -f -a 'no auto try-host try-guest'
complete -c warren -n '__warren_is spawn' -s j
complete -c warren -n '__warren_is spawn' -l set-credential -r -F -d 'pass a credential'
complete -c warren -n '__warren_is spawn' -l load-credential -r -F -d 'pass a credential from a file'
complete -c warren -n '__warren_is spawn' -l console -r -f -a 'interactive read-only passive pipe autopipe' -d 'what standard input and output are connected with'
complete -c warren -n '__warren_is spawn' -l pipe -s P -d 'the same as --console=pipe'
complete -c warren -n '__warren_is spawn' -F
