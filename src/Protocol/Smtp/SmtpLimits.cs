namespace ThrottleNet.Protocol.Smtp;

/// <summary>
/// Sizes that the protocol fixes, in octets unless said otherwise. Line limits include the CRLF.
/// Limits that a node may choose are options of the node.
/// </summary>
public static class SmtpLimits
{
    /// <summary>A command line without extensions (RFC 5321, section 4.5.3.1.4).</summary>
    public const int BaseCommandLine = 512;

    /// <summary>The octets that <c>SIZE=</c> with twenty digits adds to MAIL (RFC 1870, section 3).</summary>
    public const int SizeParameter = 26;

    /// <summary>The octets that <c>BODY=</c> adds to MAIL (RFC 6152, section 2).</summary>
    public const int BodyParameter = 17;

    /// <summary>The octets that <c>SMTPUTF8</c> adds to MAIL and VRFY (RFC 6531, section 3.1).</summary>
    public const int SmtpUtf8Parameter = 10;

    /// <summary>The octets that <c>ORCPT=</c> (500 octets) and <c>NOTIFY=</c> with every keyword add to RCPT. <c>RET=</c> and <c>ENVID=</c> add fewer to MAIL (RFC 3461, sections 4.1 to 4.4).</summary>
    public const int DsnParameters = 7 + 500 + 30;

    /// <summary>The longest command line with every extension this node announces to everybody.</summary>
    public const int CommandLine = BaseCommandLine + SizeParameter + BodyParameter + SmtpUtf8Parameter + DsnParameters;

    /// <summary>
    /// A command line from a host that may use XCLIENT: names, HELO and login of 255 octets each, some of them in xtext.
    /// Postfix, whose command it is, reads 2048 (line_length_limit).
    /// </summary>
    public const int XclientCommandLine = 2048;

    /// <summary>A reply line that this node writes (RFC 5321, section 4.5.3.1.5).</summary>
    public const int ReplyLine = 512;

    /// <summary>
    /// The octets kept of a reply line; the rest of a longer line is skipped. Real servers exceed 512 octets with long
    /// explanations, and a 250 that is not understood causes a second delivery of the message.
    /// </summary>
    public const int PeerReplyLine = 2048;

    /// <summary>Lines kept of one reply that is read; further lines are skipped. No EHLO reply has near as many.</summary>
    public const int PeerReplyLines = 100;

    /// <summary>Octets of one reply that is read, kept or skipped. A peer that sends more does not speak SMTP.</summary>
    public const int PeerReply = 64 * 1024;

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
