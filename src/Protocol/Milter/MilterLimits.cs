namespace ThrottleNet.Protocol.Milter;

/// <summary>What is sent to a filter at most, and what it may answer. A filter that answers more is at fault.</summary>
public static class MilterLimits
{
    /// <summary>Octets of content in one body event, and the most data that libmilter takes with any event (MILTER_CHUNK_SIZE).</summary>
    public const int Chunk = 65_535;

    /// <summary>Octets in one packet of an answer, replaced bodies apart: these are handed out as they come and never kept.</summary>
    public const int Packet = 256 * 1024;

    /// <summary>Changes of one message, pieces of its body apart. Real filters ask for a few tens.</summary>
    public const int Changes = 1_000;

    /// <summary>Octets that all changes of one message take, its body apart.</summary>
    public const int ChangeOctets = 1024 * 1024;

    /// <summary>Progress reports within one answer: one a second for half an hour.</summary>
    public const int Progress = 1_800;

    /// <summary>Packets that replace one body. libmilter fills each; a filter that sends single octets is at fault.</summary>
    public const int BodyPackets = 100_000;

    /// <summary>Lines in a reply text (sendmail, MAXREPLYLINES).</summary>
    public const int ReplyLines = 32;

    /// <summary>Characters in one line of a reply text, its code included (sendmail, MAXREPLYLEN).</summary>
    public const int ReplyLine = 980;

    /// <summary>Macros that a filter may ask for in one stage.</summary>
    public const int Macros = 64;
}
