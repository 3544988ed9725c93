using System.Net;

namespace ThrottleNet.Stress.Chaos;

/// <summary>A next hop of a chaos run.</summary>
internal interface IChaosHop : IAsyncDisposable
{
    /// <summary>Where it listens.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>Starts it, and waits until it accepts connections.</summary>
    public Task StartAsync();

    /// <summary>Sends SIGKILL to its processes, and waits for their end.</summary>
    public Task KillAsync();

    /// <summary>Sends SIGSTOP.</summary>
    public Task PauseAsync();

    /// <summary>Sends SIGCONT.</summary>
    public Task ResumeAsync();

    /// <summary>Ends all its connections.</summary>
    public Task CutAsync();

    /// <summary>Waits until everything that it has taken is delivered.</summary>
    public Task SettleAsync();

    /// <summary>All messages that it has delivered.</summary>
    public IEnumerable<Arrival> Arrivals();
}
