using System.Globalization;

namespace ThrottleNet.Stress.Processes;

/// <summary>A control group of the kernel's that bounds the memory of a process (cgroups(7), version 1 or 2).</summary>
internal sealed class MemoryGroup : IDisposable
{
    private const string V1 = "/sys/fs/cgroup/memory";
    private const string V2 = "/sys/fs/cgroup";

    private readonly string _folder;

    public MemoryGroup(int megabytes)
    {
        var isV1 = Directory.Exists(V1);
        _folder = Path.Combine(isV1 ? V1 : V2, $"throttlenet-test-{Guid.NewGuid():N}");
        Directory.CreateDirectory(_folder);
        if (!isV1)
        {
            File.WriteAllText(Path.Combine(V2, "cgroup.subtree_control"), "+memory");
        }

        File.WriteAllText(Path.Combine(_folder, isV1 ? "memory.limit_in_bytes" : "memory.max"), ((long)megabytes << 20).ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>Runs the command that follows it inside the group.</summary>
    public string[] Wrapper => ["sh", "-c", $"echo $$ > {_folder}/cgroup.procs; exec \"$@\"", "sh"];

    public void Dispose() => Directory.Delete(_folder);
}
