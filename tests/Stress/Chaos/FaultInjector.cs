using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using ThrottleNet.Stress.Attacks;
using ThrottleNet.Stress.Processes;

namespace ThrottleNet.Stress.Chaos;

/// <summary>Does to a network what a plan says, and notes what was done when. One fault at a time happens to each node and next hop.</summary>
internal sealed class FaultInjector(ChaosNetwork network, MessageBook book)
{
    private const int SilentConnections = 400;

    private readonly ConcurrentQueue<Fault> _faults = new();
    private readonly ConcurrentQueue<string> _failures = new();
    private readonly SemaphoreSlim[] _nodeLocks = [.. network.Nodes.Select(_ => new SemaphoreSlim(1))];
    private readonly SemaphoreSlim[] _hopLocks = [.. network.Hops.Select(_ => new SemaphoreSlim(1))];
    private readonly ConcurrentDictionary<string, bool> _impossible = [];

    public IReadOnlyCollection<Fault> Faults => _faults;

    /// <summary>What nodes did that they should not: ended by themselves, or did not stop cleanly.</summary>
    public IReadOnlyCollection<string> Failures => _failures;

    /// <summary>Faults that this machine does not allow, and why.</summary>
    public IEnumerable<string> Impossible => _impossible.Keys.Order(StringComparer.Ordinal);

    /// <summary>Carries the plan out until it is cancelled. When this ends, everything works again.</summary>
    public async Task RunAsync(IReadOnlyList<PlannedFault> plan, CancellationToken cancel)
    {
        List<Task> running = [];
        foreach (var fault in plan)
        {
            if (fault.At - book.Now is var wait && wait > TimeSpan.Zero)
            {
                try
                {
                    await Task.Delay(wait, TimeProvider.System, cancel);
                }
                catch (OperationCanceledException)
                {
                    break;
                }
            }

            running.Add(InflictAsync(fault));
        }

        await Task.WhenAll(running);
    }

    /// <summary>Notes and restarts each node that has ended by itself. A node to which a fault happens is looked at next time.</summary>
    public async Task CheckAsync()
    {
        for (var i = 0; i < network.Nodes.Count; i++)
        {
            if (!await _nodeLocks[i].WaitAsync(TimeSpan.Zero))
            {
                continue;
            }

            if (network.Nodes[i] is { IsUp: true } node && node.Program.Process.HasExited)
            {
                _failures.Enqueue($"{node.Name} has ended by itself; its last words: {string.Join(" | ", File.ReadLines(node.Program.LogFile).TakeLast(5))}");
                await node.StartAsync();
            }

            _nodeLocks[i].Release();
        }
    }

    private async Task InflictAsync(PlannedFault planned)
    {
        var ofHop = planned.Kind is FaultKind.HopKilled or FaultKind.HopPaused or FaultKind.HopCut;
        var mutex = (ofHop ? _hopLocks : _nodeLocks)[planned.Target];
        await mutex.WaitAsync();
        try
        {
            var from = book.Now;
            if (await (ofHop ? ToHopAsync(planned, network.Hops[planned.Target]) : ToNodeAsync(planned, network.Nodes[planned.Target])))
            {
                _faults.Enqueue(new Fault(planned.Kind, planned.Target, from, book.Now));
            }
        }
        catch (Exception e) when (e is InvalidOperationException or TimeoutException or IOException)
        {
            _failures.Enqueue($"{planned.Kind} of {planned.Target}: {e.Message}");
        }
        finally
        {
            mutex.Release();
        }
    }

    private static async Task<bool> ToHopAsync(PlannedFault fault, IChaosHop hop)
    {
        switch (fault.Kind)
        {
            case FaultKind.HopKilled:
                await hop.KillAsync();
                await WaitAsync(fault);
                await hop.StartAsync();
                break;
            case FaultKind.HopPaused:
                await hop.PauseAsync();
                await WaitAsync(fault);
                await hop.ResumeAsync();
                break;
            default:
                await hop.CutAsync();
                await WaitAsync(fault);
                break;
        }

        return true;
    }

    // False: not possible on this machine.
    private async Task<bool> ToNodeAsync(PlannedFault fault, ChaosNode node)
    {
        switch (fault.Kind)
        {
            case FaultKind.NodeKilled:
                node.IsUp = false;
                await node.Program.Process.KillAsync();
                await WaitAsync(fault);
                await node.StartAsync();
                return true;
            case FaultKind.NodeStopped:
                node.IsUp = false;
                if (await node.Program.Process.StopAsync() is not 0 and var code)
                {
                    _failures.Enqueue(string.Create(CultureInfo.InvariantCulture, $"{node.Name} exited with {code} after SIGTERM"));
                }

                await WaitAsync(fault);
                await node.StartAsync();
                return true;
            case FaultKind.NodePaused:
                await node.Program.Process.PauseAsync();
                await WaitAsync(fault);
                await node.Program.Process.ResumeAsync();
                return true;
            case FaultKind.PeersCut:
                node.Path.Break();
                await WaitAsync(fault);
                node.Path.Mend();
                return true;
            case FaultKind.DiskFilled:
                if (!node.HasOwnDisk)
                {
                    _impossible["DiskFilled: mount needs root"] = true;
                    return false;
                }

                await node.FillDiskAsync();
                await WaitAsync(fault);
                node.FreeDisk();
                return true;
            case FaultKind.ClockStepped:
                if (!node.HasOwnClock)
                {
                    _impossible["ClockStepped: libfaketime is missing (apt-get install libfaketime)"] = true;
                    return false;
                }

                await node.StepClockAsync(fault.ClockOffset);
                await WaitAsync(fault);
                await node.StepClockAsync(TimeSpan.Zero);
                return true;
            case FaultKind.DescriptorsTaken:
                await CrowdAsync(fault, node, ChaosNetwork.Descriptors * 3 / 2);
                return true;
            default:
                await CrowdAsync(fault, node, SilentConnections);
                return true;
        }
    }

    private static async Task CrowdAsync(PlannedFault fault, ChaosNode node, int connections)
    {
        using var crowd = new Crowd();
        await crowd.ConnectAsync(node.Smtp, connections, i => new IPAddress([127, (byte)(200 + (i % 40)), (byte)(i / 40), 1]));
        await WaitAsync(fault);
    }

    private static Task WaitAsync(PlannedFault fault) => Task.Delay(fault.Length, TimeProvider.System);
}
