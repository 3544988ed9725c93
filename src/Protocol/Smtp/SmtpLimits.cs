namespace ThrottleNet.Protocol.Smtp;

/// <summary>
/// Sizes the protocol fixes, in octets unless said otherwise. Line limits include the CRLF.
/// Where a node may choose for itself, the limit is an option of the node and not here.
/// </summary>
public static class SmtpLimits
{
    /// <summary>A command line without extensions (RFC 5321, section 4.5.3.1.4).</summary>
    public const int BaseCommandLine = 512;

    /// <summary>What <c>SIZE=</c> and twenty digits add to MAIL (RFC 1870, section 3).</summary>
    public const int SizeParameter = 26;

    /// <summary>What <c>BODY=</c> adds to MAIL (RFC 6152, section 2).</summary>
    public const int BodyParameter = 17;

    /// <summary>What <c>SMTPUTF8</c> adds to MAIL and VRFY (RFC 6531, section 3.1).</summary>
    public const int SmtpUtf8Parameter = 10;

    /// <summary>The longest command line with every extension this node announces to everybody.</summary>
    public const int CommandLine = BaseCommandLine + SizeParameter + BodyParameter + SmtpUtf8Parameter;

    /// <summary>
    /// A command line from a host that may use XCLIENT: names, HELO and login of 255 octets each, some of them in xtext.
    /// Postfix, whose command it is, reads 2048 (line_length_limit).
    /// </summary>
    public const int XclientCommandLine = 2048;

    /// <summary>A line of message text without its CRLF and without the dot that stuffing adds (RFC 5321, section 4.5.3.1.6).</summary>
    public const int TextLine = 998;

    /// <summary>A reply line that we write (RFC 5321, section 4.5.3.1.5).</summary>
    public const int ReplyLine = 512;

    /// <summary>
    /// A reply line that we read. Real servers pass 512 with long explanations, and a 250 that is not
    /// understood means a message delivered twice; so we read what Postfix reads.
    /// </summary>
    public const int PeerReplyLine = 2048;

    /// <summary>Lines in one reply that we read: no EHLO reply has near as many, and it bounds a peer's hold on our memory.</summary>
    public const int PeerReplyLines = 100;

    /// <summary>A domain or an address literal (RFC 5321, section 4.5.3.1.2).</summary>
    public const int Domain = 255;

    /// <summary>One label of a domain (RFC 1035, section 2.3.4).</summary>
    public const int DomainLabel = 63;

    /// <summary>
    /// A path with its angle brackets, without a source route (RFC 5321, section 4.5.3.1.3). The 64 octets of section 4.5.3.1.1
    /// for a local-part are not enforced: the return addresses of mailing lists (VERP, SRS) are often longer, and must pass.
    /// </summary>
    public const int Path = 256;
}
