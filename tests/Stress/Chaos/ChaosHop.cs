using System.Net;
using ThrottleNet.Stress.Processes;

namespace ThrottleNet.Stress.Chaos;

/// <summary>A next hop of a chaos run.</summary>
/// <param name="endPoint">Where it listens.</param>
/// <param name="folder">Holds its log and the list of what arrived, which outlive the process.</param>
internal sealed class ChaosHop(IPEndPoint endPoint, string folder) : IDisposable
{
    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "ThrottleNet.Stress.dll");

    private ChildProcess? _process;

    public IPEndPoint EndPoint => endPoint;

    public ChildProcess Process => _process ?? throw new InvalidOperationException("the next hop was not started");

    private string ArrivalsFile => Path.Combine(folder, "arrivals");

    /// <summary>Starts the process, and waits until it accepts connections.</summary>
    public async Task StartAsync()
    {
        _process?.Dispose();
        _process = ChildProcess.Start(["dotnet", Program, "hop", endPoint.ToString(), ArrivalsFile], Path.Combine(folder, "log"), new Dictionary<string, string>());
        await Eventually.HoldsAsync($"a next hop to listen on {endPoint}", () => NodeProgram.IsOpen(endPoint));
    }

    /// <summary>Resets all its connections.</summary>
    public void Cut() => Process.Tell("cut");

    /// <summary>All messages that it has taken.</summary>
    public IEnumerable<Arrival> Arrivals() => File.Exists(ArrivalsFile) ? File.ReadLines(ArrivalsFile).Select(Arrival.Parse) : [];

    public void Dispose() => _process?.Dispose();
}
