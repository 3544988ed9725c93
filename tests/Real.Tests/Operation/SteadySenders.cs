using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace ThrottleNet.Real.Tests.Operation;

/// <summary>
/// Mail clients that send one message after the other, several in a session. A message that was not answered 250 is sent again, as a mail server sends what
/// is in its queue.
/// </summary>
internal sealed class SteadySenders
{
    private const int MessagesPerSession = 5;

    private readonly IPEndPoint _node;
    private readonly string _domain;
    private readonly Task[] _clients;
    private readonly ConcurrentQueue<string> _acknowledged = new();
    private readonly ConcurrentQueue<string> _interruptions = new();
    private volatile bool _isOver;
    private int _last;

    private SteadySenders(IPEndPoint node, string domain, int clients)
    {
        (_node, _domain) = (node, domain);
        _clients = [.. Enumerable.Range(0, clients).Select(_ => Task.Run(RunAsync))];
    }

    /// <summary>The subjects of the messages that were answered 250.</summary>
    public IReadOnlyCollection<string> Acknowledged => _acknowledged;

    /// <summary>The replies other than 2xx and 3xx, and "closed" for each connection that ended without a reply.</summary>
    public IReadOnlyCollection<string> Interruptions => _interruptions;

    public static SteadySenders Start(IPEndPoint node, string domain, int clients) => new(node, domain, clients);

    /// <summary>The subject of a message that they sent.</summary>
    public static string SubjectOf(HopMessage message) =>
        System.Text.Encoding.ASCII.GetString(message.Content).Split('\n').First(line => line.StartsWith("Subject: ", StringComparison.Ordinal))["Subject: ".Length..].TrimEnd();

    /// <summary>Waits until so many more messages were answered 250.</summary>
    public Task MoreAsync(int messages)
    {
        var before = _acknowledged.Count;
        return Eventually.HoldsAsync($"{messages} more messages", () => _acknowledged.Count >= before + messages || _clients.Any(client => client.IsFaulted));
    }

    /// <summary>Ends the sessions after the messages under way.</summary>
    public Task StopAsync()
    {
        _isOver = true;
        return Task.WhenAll(_clients).WaitAsync(Eventually.Patience);
    }

    private async Task RunAsync()
    {
        while (!_isOver)
        {
            await using var session = await OpenAsync();
            for (var i = 0; i < MessagesPerSession && !_isOver; i++)
            {
                await DeliverAsync(session);
            }
        }
    }

    private async Task DeliverAsync(RawClient first)
    {
        var subject = $"message {Interlocked.Increment(ref _last)}";
        RawClient? other = null;
        try
        {
            for (var session = first; !await TryAsync(session, subject); session = other)
            {
                if (other is not null)
                {
                    await other.DisposeAsync();
                }

                other = await OpenAsync();
            }

            _acknowledged.Enqueue(subject);
        }
        finally
        {
            if (other is not null)
            {
                await other.DisposeAsync();
            }
        }
    }

    private async Task<bool> TryAsync(RawClient session, string subject)
    {
        foreach (var line in new[] { "MAIL FROM:<list@people.test>", $"RCPT TO:<someone@{_domain}>", "DATA", $"Subject: {subject}\r\n\r\nhello\r\n." })
        {
            if (!IsPositive(await session.AskAsync(line)))
            {
                return false;
            }
        }

        return true;
    }

    // Waits for the node to listen, and to take the session.
    private Task<RawClient> OpenAsync() => Eventually.FindAsync("a session", async () =>
    {
        RawClient? client = null;
        try
        {
            client = await RawClient.ConnectAsync(_node);
            if (IsPositive(await client.AnswerAsync()) && IsPositive(await client.AskAsync("EHLO people.test")))
            {
                return client;
            }
        }
        catch (SocketException)
        {
            _interruptions.Enqueue("not listening");
        }

        if (client is not null)
        {
            await client.DisposeAsync();
        }

        return null;
    });

    private bool IsPositive(string? reply)
    {
        if (reply is ['2' or '3', ..])
        {
            return true;
        }

        _interruptions.Enqueue(reply ?? "closed");
        return false;
    }
}
