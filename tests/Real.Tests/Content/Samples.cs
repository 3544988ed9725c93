namespace ThrottleNet.Real.Tests.Content;

/// <summary>Texts and names that the filters of these tests are configured for.</summary>
internal static class Samples
{
    public const string AuthservId = "filters.test";

    /// <summary>A host whose mail opendkim signs.</summary>
    public const string InternalHost = "127.0.0.7";

    /// <summary>Any other host.</summary>
    public const string Stranger = "127.0.0.9";

    /// <summary>The EICAR anti-malware test file.</summary>
    public static readonly string Eicar = string.Concat(@"X5O!P%@AP[4\PZX54(P^)7CC)7}$", "EICAR-STANDARD-ANTIVIRUS-TEST-FILE", "!$H+H*");

    /// <summary>The pattern that rspamd rejects (GTUBE), and the one that it marks only.</summary>
    public const string Gtube = "XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X", GtubeMark = "YJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X";

    /// <summary>A whole message; lines end with CRLF, the last one with nothing.</summary>
    public static string Message(string body, string from = "alice@client.test") => string.Join("\r\n",
    [
        $"From: Alice <{from}>", "To: bob@example.com", "Subject: a test", "Date: Sat, 28 Nov 2026 06:00:00 +0000", "Message-ID: <1@client.test>", "", body,
    ]);
}
