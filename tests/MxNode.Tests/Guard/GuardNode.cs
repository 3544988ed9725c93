using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Hosting;

namespace ThrottleNet.MxNode.Tests.Guard;

/// <summary>A node in this process that serves lookups on free ports.</summary>
internal sealed class GuardNode : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder _folder = new();

    public NodeHost Host { get; private set; } = null!;

    public CapturedLog Log { get; } = new();

    public string DataDirectory => _folder.Path;

    public IServiceProvider Services => Host.Services;

    public static async Task<GuardNode> StartAsync(Func<NodeConfiguration, NodeConfiguration> change, TimeProvider? time = null)
    {
        var node = new GuardNode();
        var configuration = change(new NodeConfiguration
        {
            Node = new() { DataDirectory = node._folder.Path },
            Smtp = new() { Listen = [new(IPAddress.Loopback, 0)] },
            Admin = new() { Listen = null },
        });
        try
        {
            node.Host = await RunningHost.StartAsync(configuration, node.Log, time);
            return node;
        }
        catch
        {
            node._folder.Dispose();
            throw;
        }
    }

    public static async Task<LookupClient> ConnectAsync(IPEndPoint endPoint)
    {
        var socket = new TcpClient();
        await socket.ConnectAsync(endPoint);
        return new LookupClient(socket);
    }

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        _folder.Dispose();
    }

    /// <summary>A mail server's side of a connection.</summary>
    internal sealed class LookupClient(TcpClient socket) : IDisposable
    {
        private readonly NetworkStream _stream = socket.GetStream();
        private readonly byte[] _buffer = new byte[4096];
        private string _unread = "";

        public async Task SendAsync(string text) => await _stream.WriteAsync(Encoding.UTF8.GetBytes(text)).AsTask().WaitAsync(Patience);

        /// <summary>The octets received up to and including <paramref name="end"/>; null if the connection is closed before.</summary>
        public async Task<string?> ReadAsync(string end)
        {
            while (!_unread.Contains(end, StringComparison.Ordinal))
            {
                int read;
                try
                {
                    read = await _stream.ReadAsync(_buffer).AsTask().WaitAsync(Patience);
                }
                catch (IOException)
                {
                    return null;
                }

                if (read == 0)
                {
                    return null;
                }

                _unread += Encoding.UTF8.GetString(_buffer, 0, read);
            }

            var length = _unread.IndexOf(end, StringComparison.Ordinal) + end.Length;
            var answer = _unread[..length];
            _unread = _unread[length..];
            return answer;
        }

        /// <summary>Sends a policy request as Postfix does. Gives the action, without "action=".</summary>
        public async Task<string?> AskAsync(string address, string instance = "1", string more = "")
        {
            await SendAsync($"request=smtpd_access_policy\nprotocol_state=RCPT\nclient_address={address}\ninstance={instance}\n{more}\n");
            return (await ReadAsync("\n\n"))?[7..^2];
        }

        /// <summary>Ends this side of the connection; the other side may still send.</summary>
        public void EndSending() => socket.Client.Shutdown(SocketShutdown.Send);

        public void Dispose() => socket.Dispose();
    }
}
