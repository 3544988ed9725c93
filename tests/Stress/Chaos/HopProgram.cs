using System.Net;
using System.Text;

namespace ThrottleNet.Stress.Chaos;

/// <summary>
/// The next hop of a chaos run: a process that notes each message in a file before it answers 250. What is in the file was delivered, whatever
/// happens to the process. It resets all connections when it reads "cut" from its standard input, and ends at the end of the input.
/// </summary>
internal static class HopProgram
{
    // Some replies take a while, as a mail server's do that waits for its disk. Then a kill can come between a delivery and its reply.
    private const int OneInIsSlow = 20;
    private static readonly TimeSpan SlowReply = TimeSpan.FromMilliseconds(100);

    public static async Task RunAsync(IPEndPoint endPoint, string arrivals)
    {
        // Without a buffer each note is one write at the end of the file.
        await using var file = new FileStream(arrivals, FileMode.Append, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        await using var hop = new ScriptedHop(endPoint, message => TakeAsync(file, message)) { KeepsMail = false };
        while (await Console.In.ReadLineAsync() is { } line)
        {
            if (line == "cut")
            {
                hop.CutConnections();
            }
        }
    }

    private static async Task<string> TakeAsync(FileStream file, HopMessage message)
    {
        var (number, attempt, isWhole) = TaggedText.Read(message.Content);
        var arrival = new Arrival(number, attempt, isWhole, TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds());
        lock (file)
        {
            file.Write(Encoding.ASCII.GetBytes(arrival.Line + "\n"));
        }

        if (arrival.Number % OneInIsSlow == 0)
        {
            await Task.Delay(SlowReply, TimeProvider.System);
        }

        return TaggedText.ReplyTo(arrival.Number, arrival.Attempt);
    }
}
