using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Packages;

/// <summary>
/// A Debian of the test's own: this machine's files with all changes kept apart (overlayfs), its own /run and /tmp, and a machine of a test network as its
/// network. It is gone with the process that holds it. Needs root.
/// </summary>
internal sealed class DebianRoot : IAsyncDisposable
{
    /// <summary>Where <see cref="Shared"/> is in it.</summary>
    public const string SharedInside = "/srv/shared";

    // Its systemctl passes to the test what it is asked to start and stop. What is enabled, the real one reads from the files.
    private const string Make = """
        set -e
        mount -t tmpfs -o mode=0755 tmpfs "$0/mount"
        mkdir "$0/mount/upper" "$0/mount/work" "$0/mount/root"
        mount -t overlay overlay -o "lowerdir=/,upperdir=$0/mount/upper,workdir=$0/mount/work" "$0/mount/root"
        cd "$0/mount/root"
        mount -t proc proc proc
        mount --rbind /dev dev
        for folder in run tmp var/tmp; do mount -t tmpfs -o mode=1777 tmpfs "$folder"; done
        mkdir -p srv/shared run/systemd/system
        mount --bind "$0/shared" srv/shared
        rm -f usr/sbin/policy-rc.d
        mv bin/systemctl bin/systemctl.real
        printf '#!/bin/sh\ncase "$*" in *--root=*) exec systemctl.real "$@" ;; *is-enabled*) exec systemctl.real --root=/ "$@" ;; esac\nexit $(echo "$@" | nc -N -U /srv/shared/manager)\n' >bin/systemctl
        chmod 755 bin/systemctl
        echo made
        exec sleep infinity
        """;

    private readonly TemporaryFolder _folder;
    private readonly RunningProcess _holder;
    private readonly NetworkHost _host;

    private DebianRoot(TemporaryFolder folder, RunningProcess holder, NetworkHost host) => (_folder, _holder, _host) = (folder, holder, host);

    /// <summary>A folder that it shares with the test.</summary>
    public string Shared => _folder.File("shared");

    public static async Task<DebianRoot> CreateAsync(NetworkHost host)
    {
        var folder = new TemporaryFolder();
        folder.Make("mount");
        folder.Make("shared");
        var holder = Tool.Start("sh", ["-c", Make, folder.Path], host);
        await holder.LineAsync("the root", line => line == "made");
        return new DebianRoot(folder, holder, host);
    }

    /// <summary>The full path of a file in it, for a command that <see cref="Enter"/> runs.</summary>
    public string Path => _folder.File("mount/root");

    /// <summary>The arguments of nsenter for a program that sees its mounts and its network, and is not yet within its root.</summary>
    public IEnumerable<string> Enter(params IEnumerable<string> command) => [$"--net=/run/netns/{_host.Space}", $"--mount=/proc/{_holder.Id}/ns/mnt", .. command];

    /// <summary>Runs a shell script in it, as root, in <see cref="SharedInside"/>.</summary>
    public Task<ProcessResult> TryAsync(string script) => Tool.RunAsync(
        "nsenter", Enter("chroot", Path, "env", "DEBIAN_FRONTEND=noninteractive", "sh", "-ec", $"cd {SharedInside}\n{script}"));

    /// <summary>The same; the script must exit with 0.</summary>
    public async Task<string> RunAsync(string script) => (await TryAsync(script)).Expect(0).Output;

    /// <summary>Whether there is a file or a folder.</summary>
    public async Task<bool> HasAsync(string path) => (await TryAsync($"test -e {path}")).ExitCode == 0;

    public async ValueTask DisposeAsync()
    {
        await _holder.DisposeAsync();
        _folder.Dispose();
    }
}
