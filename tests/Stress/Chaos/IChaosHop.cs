using System.Net;

namespace ThrottleNet.Stress.Chaos;

/// <summary>A next hop of a chaos run.</summary>
internal interface IChaosHop : IAsyncDisposable
{
    /// <summary>Where it listens.</summary>
    IPEndPoint EndPoint { get; }

    /// <summary>Starts it, and waits until it accepts connections.</summary>
    Task StartAsync();

    /// <summary>Sends SIGKILL to its processes, and waits for their end.</summary>
    Task KillAsync();

    /// <summary>Sends SIGSTOP.</summary>
    Task PauseAsync();

    /// <summary>Sends SIGCONT.</summary>
    Task ResumeAsync();

    /// <summary>Ends all its connections.</summary>
    Task CutAsync();

    /// <summary>Waits until everything that it has taken is delivered.</summary>
    Task SettleAsync();

    /// <summary>All messages that it has delivered.</summary>
    IEnumerable<Arrival> Arrivals();
}
