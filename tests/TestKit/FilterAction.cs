using System.Buffers.Binary;
using System.Text;

namespace ThrottleNet.TestKit;

/// <summary>What a <see cref="ScriptedFilter"/> does at an event instead of answering "continue".</summary>
/// <param name="Octets">What it sends.</param>
/// <param name="Then">What it does after that.</param>
internal sealed record FilterAction(byte[] Octets, FilterAction.End Then = FilterAction.End.GoOn)
{
    internal enum End
    {
        GoOn,
        Stall,
        HangUp,
    }

    /// <summary>Sends nothing more.</summary>
    public static FilterAction Stall { get; } = new([], End.Stall);

    /// <summary>Closes the connection.</summary>
    public static FilterAction HangUp { get; } = new([], End.HangUp);

    /// <summary>Sends packets: the first character of each is its code, the rest its data; \0 is NUL.</summary>
    public static FilterAction Say(params IEnumerable<string> packets) => new([.. packets.SelectMany(Packet)]);

    /// <summary>A header of a packet that has an index: four octets.</summary>
    public static string Index(uint value) => new([(char)(value >> 24), (char)((value >> 16) & 255), (char)((value >> 8) & 255), (char)(value & 255)]);

    private static byte[] Packet(string text)
    {
        var packet = new byte[4 + text.Length];
        BinaryPrimitives.WriteInt32BigEndian(packet, text.Length);
        Encoding.Latin1.GetBytes(text, packet.AsSpan(4));
        return packet;
    }
}
