using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace ThrottleNet.Stress.Chaos;

/// <summary>
/// A mail server that sends the messages of a chaos run, one session after the other. It obeys the replies: it keeps a message until it has heard 250, and sends it again
/// after a 4xx or when the connection has ended. Some connections it cuts itself.
/// </summary>
/// <param name="routes">Where messages go.</param>
/// <param name="personal">Whether its messages are persons', each from an untrusted host of its own, or those of trusted hosts.</param>
internal sealed class ChaosSender(MessageBook book, IReadOnlyList<IPEndPoint> nodes, ChaosRoutes routes, bool personal, Random random)
{
    /// <summary>The network of the trusted hosts.</summary>
    public const string TrustedNetwork = "127.77.0.0/16";

    private const int MostInSession = 20;
    private const int OneInIsCut = 400;
    private static readonly TimeSpan Idle = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Unreachable = TimeSpan.FromMilliseconds(500);
    private static readonly byte[] FinalDot = ".\r\n"u8.ToArray();

    /// <summary>Sends until the book is complete and no message is left.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        while (!cancel.IsCancellationRequested && !(book.IsComplete && book.Left == 0))
        {
            var numbers = book.Take(personal, personal ? 1 : 1 + random.Next(MostInSession));
            if (numbers.Count == 0)
            {
                await Task.Delay(Idle, TimeProvider.System, CancellationToken.None);
            }
            else
            {
                await ConverseAsync(numbers);
            }
        }
    }

    private async Task ConverseAsync(IReadOnlyList<int> numbers)
    {
        var node = random.Next(nodes.Count);
        var sent = 0;
        using var dialogue = new SmtpDialogue();
        try
        {
            await dialogue.ConnectAsync(nodes[node], personal ? PersonOf(numbers[0]) : TrustedHost());
            if (await IsPositiveAsync(dialogue) && await IsPositiveAsync(dialogue, "EHLO people.test\r\n"))
            {
                while (sent < numbers.Count && await SendAsync(dialogue, numbers[sent++], node))
                {
                }

                await IsPositiveAsync(dialogue, "QUIT\r\n");
            }
        }
        catch (Exception e) when (IsEndOfConnection(e))
        {
            // Each message that was begun has been noted. A node that cannot be reached is left alone for a while.
            await Task.Delay(sent == 0 ? Unreachable : TimeSpan.Zero, TimeProvider.System, CancellationToken.None);
        }

        foreach (var number in numbers.Skip(sent))
        {
            book.Retry(number, NextPause(), null);
        }
    }

    // False: the connection is over.
    private async Task<bool> SendAsync(SmtpDialogue dialogue, int number, int node)
    {
        var attempt = book.Begin(number);
        TimeSpan? dotAt = null;
        var isCut = false;
        var reply = "";
        try
        {
            await dialogue.SendAsync(string.Create(CultureInfo.InvariantCulture, $"MAIL FROM:<sender{number}@people.test>\r\nRCPT TO:<reader@{routes.DomainOf(number)}>\r\nDATA\r\n"));
            reply = await FirstNegativeAsync(dialogue, replies: 3);
            if (reply.StartsWith("354", StringComparison.Ordinal))
            {
                var text = TaggedText.Write(number, attempt);
                isCut = random.Next(OneInIsCut) == 0;
                if (isCut && random.Next(2) == 0)
                {
                    await dialogue.SendAsync(text.AsMemory(0, random.Next(text.Length)));
                }
                else
                {
                    dotAt = book.Now;
                    await dialogue.SendAsync((byte[])[.. text, .. FinalDot]);
                }

                if (isCut)
                {
                    dialogue.Cut();
                    reply = "";
                }
                else
                {
                    reply = await dialogue.ReplyAsync();
                }
            }
        }
        catch (Exception e) when (IsEndOfConnection(e))
        {
            reply = "";
        }

        var doubt = dotAt is { } at ? new DoubtfulAttempt(number, attempt, node, routes.HopOf(number), at, book.Now, isCut, reply) : null;
        Note(number, node, reply, doubt);
        return reply.Length > 0 && !reply.StartsWith("421", StringComparison.Ordinal) && (doubt is not null || await IsPositiveAsync(dialogue, "RSET\r\n"));
    }

    private void Note(int number, int node, string reply, DoubtfulAttempt? doubt)
    {
        if (doubt is not null && reply.StartsWith('2'))
        {
            book.Acknowledge(number, node);
            if (!routes.IsReplyTo(number, doubt.Attempt, reply))
            {
                book.NoteWrongAnswer(string.Create(CultureInfo.InvariantCulture, $"node {node} answered message {number}, attempt {doubt.Attempt}, after {book.Now}: {reply}"));
            }
        }
        else if (reply.StartsWith('5'))
        {
            book.Refuse(reply);
        }
        else
        {
            book.Retry(number, NextPause(), doubt);
        }
    }

    // Real servers wait minutes. A run has only minutes.
    private TimeSpan NextPause() => TimeSpan.FromSeconds(0.5 + (random.NextDouble() * 3));

    private static async Task<string> FirstNegativeAsync(SmtpDialogue dialogue, int replies)
    {
        var first = "";
        for (var i = 0; i < replies; i++)
        {
            var reply = await dialogue.ReplyAsync();
            if (first.Length == 0 || first[0] is '2' or '3')
            {
                first = reply;
            }

            if (reply.Length == 0 || reply.StartsWith("421", StringComparison.Ordinal))
            {
                break;
            }
        }

        return first;
    }

    private static async Task<bool> IsPositiveAsync(SmtpDialogue dialogue, string? command = null)
    {
        if (command is not null)
        {
            await dialogue.SendAsync(command);
        }

        return (await dialogue.ReplyAsync()).StartsWith('2');
    }

    private static bool IsEndOfConnection(Exception e) => e is SocketException or ObjectDisposedException or OperationCanceledException;

    private IPAddress TrustedHost() => new([127, 77, (byte)random.Next(256), (byte)(1 + random.Next(250))]);

    // A host in a site of its own, as far as there are sites.
    private static IPAddress PersonOf(int number)
    {
        var person = number / MessageBook.OneInIsPersonal;
        return new([127, (byte)(100 + (person % 100)), (byte)(person / 100 % 256), (byte)(1 + (person / 25_600))]);
    }
}
