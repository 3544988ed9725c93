using System.Net;
using ThrottleNet.Stress.Processes;

namespace ThrottleNet.Stress.Chaos;

/// <summary>A next hop that is <see cref="HopProgram"/>.</summary>
/// <param name="endPoint">Where it listens.</param>
/// <param name="folder">Holds its log and the list of what arrived, which outlive the process.</param>
internal sealed class HopProcess(IPEndPoint endPoint, string folder) : IChaosHop
{
    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "ThrottleNet.Stress.dll");

    private ChildProcess? _process;

    public IPEndPoint EndPoint => endPoint;

    private ChildProcess Process => _process ?? throw new InvalidOperationException("the next hop was not started");

    private string ArrivalsFile => Path.Combine(folder, "arrivals");

    public async Task StartAsync()
    {
        _process?.Dispose();
        _process = ChildProcess.Start(["dotnet", Program, "hop", endPoint.ToString(), ArrivalsFile], Path.Combine(folder, "log"), new Dictionary<string, string>());
        await Eventually.HoldsAsync($"a next hop to listen on {endPoint}", () => NodeProgram.IsOpen(endPoint));
    }

    public Task KillAsync() => Process.KillAsync();

    public Task PauseAsync() => Process.PauseAsync();

    public Task ResumeAsync() => Process.ResumeAsync();

    public Task CutAsync()
    {
        Process.Tell("cut");
        return Task.CompletedTask;
    }

    /// <summary>It delivers a message before it replies.</summary>
    public Task SettleAsync() => Task.CompletedTask;

    public IEnumerable<Arrival> Arrivals() => File.Exists(ArrivalsFile) ? File.ReadLines(ArrivalsFile).Select(Arrival.Parse) : [];

    public ValueTask DisposeAsync()
    {
        _process?.Dispose();
        return ValueTask.CompletedTask;
    }
}
