using System.Globalization;
using System.Net;
using System.Text;

namespace ThrottleNet.Stress.Chaos;

/// <summary>
/// The next hop of a chaos run: a process that notes each message in a file before it answers 250. What is in the file was delivered, whatever
/// happens to the process. It resets all connections when it reads "cut" from its standard input, and ends at the end of the input.
/// </summary>
internal static class HopProgram
{
    public static async Task RunAsync(IPEndPoint endPoint, string arrivals)
    {
        // Without a buffer each note is one write at the end of the file.
        await using var file = new FileStream(arrivals, FileMode.Append, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        await using var hop = new ScriptedHop(endPoint, message => Note(file, message)) { KeepsMail = false };
        while (await Console.In.ReadLineAsync() is { } line)
        {
            if (line == "cut")
            {
                hop.CutConnections();
            }
        }
    }

    private static string Note(FileStream file, HopMessage message)
    {
        var arrival = TaggedText.Read(message.Content);
        var line = string.Create(CultureInfo.InvariantCulture, $"{arrival.Number} {arrival.Attempt} {(arrival.IsWhole ? "whole" : "damaged")}\n");
        lock (file)
        {
            file.Write(Encoding.ASCII.GetBytes(line));
        }

        return TaggedText.ReplyTo(arrival.Number, arrival.Attempt);
    }
}
