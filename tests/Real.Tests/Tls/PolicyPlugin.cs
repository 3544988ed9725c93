using System.Buffers;
using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Text;
using ThrottleNet.Protocol.Postfix;

namespace ThrottleNet.Real.Tests.Tls;

/// <summary>
/// A sender's MTA-STS policy plugin: Postfix asks it for the TLS policy of each domain (smtp_tls_policy_maps, socketmap_table(5)), and it answers as
/// postfix-mta-sts-resolver does: "secure match=…" for a policy with the mode enforce, nothing for others.
/// </summary>
internal sealed class PolicyPlugin : IAsyncDisposable
{
    private const int MaxRequest = 1024;

    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly CancellationTokenSource _end = new();
    private readonly string _file;
    private readonly Func<string, string?> _policyOf;
    private readonly Task _serving;

    /// <param name="file">The socket.</param>
    /// <param name="policyOf">The policy's text by domain; null: it has none.</param>
    public PolicyPlugin(string file, Func<string, string?> policyOf)
    {
        (_file, _policyOf) = (file, policyOf);
        _listener.Bind(new UnixDomainSocketEndPoint(file));
        _listener.Listen();

        // Postfix's clients are not root.
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite);
        _serving = ServeAsync();
    }

    /// <summary>The domains that Postfix has asked for.</summary>
    public ConcurrentQueue<string> Asked { get; } = new();

    /// <summary>The settings of a Postfix that asks it.</summary>
    /// <param name="authorities">PEM file of the certificate authorities that the sender trusts.</param>
    public string[] SettingsOf(string authorities) => [$"smtp_tls_policy_maps = socketmap:unix:{_file}:postfix", $"smtp_tls_CAfile = {authorities}", "smtp_tls_loglevel = 1"];

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _serving;
        _listener.Dispose();
        _end.Dispose();
    }

    private async Task ServeAsync()
    {
        var sessions = new List<Task>();
        try
        {
            while (true)
            {
                sessions.Add(AnswerAsync(await _listener.AcceptAsync(_end.Token)));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(sessions);
        }
    }

    private async Task AnswerAsync(Socket socket)
    {
        await using var stream = new NetworkStream(socket, ownsSocket: true);
        var (input, output) = (PipeReader.Create(stream), PipeWriter.Create(stream));
        try
        {
            while (await input.ReadAsync(_end.Token) is { Buffer: var buffer, IsCompleted: false })
            {
                while (Netstring.TryRead(ref buffer, MaxRequest, out var request) == NetstringStatus.Read)
                {
                    Netstring.Write(output, Answer(Encoding.UTF8.GetString(request)));
                }

                input.AdvanceTo(buffer.Start, buffer.End);
                await output.FlushAsync(_end.Token);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // The test is over, or Postfix has closed.
        }
    }

    // A request is the map's name and the key: a domain, or one above it with a dot before it.
    private string Answer(string request)
    {
        var domain = request[(request.IndexOf(' ', StringComparison.Ordinal) + 1)..];
        Asked.Enqueue(domain);
        var lines = _policyOf(domain)?.Split('\n', StringSplitOptions.TrimEntries) ?? [];
        return lines.Contains("mode: enforce")
            ? $"OK secure match={string.Join(':', lines.Where(l => l.StartsWith("mx: ", StringComparison.Ordinal)).Select(l => l["mx: ".Length..].TrimStart('*')))} servername=hostname"
            : "NOTFOUND ";
    }
}
