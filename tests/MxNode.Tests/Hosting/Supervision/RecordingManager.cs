using System.Collections.Concurrent;
using System.Net.Sockets;
using Microsoft.Extensions.Hosting.Systemd;

namespace ThrottleNet.MxNode.Tests.Hosting.Supervision;

/// <summary>A service manager that keeps what it is told.</summary>
internal sealed class RecordingManager : ISystemdNotifier
{
    private readonly ConcurrentQueue<string> _notices = new();

    public bool IsEnabled => true;

    /// <summary>Whether its socket cannot be reached.</summary>
    public bool IsGone { get; set; }

    public IReadOnlyCollection<string> Notices => _notices;

    public void Notify(ServiceState state)
    {
        if (IsGone)
        {
            throw new SocketException((int)SocketError.ConnectionRefused);
        }

        _notices.Enqueue(state.ToString());
    }
}
