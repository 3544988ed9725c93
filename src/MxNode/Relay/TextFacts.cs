namespace ThrottleNet.MxNode.Relay;

/// <summary>What a message's text needs of a next hop.</summary>
/// <param name="IsEightBit">It holds octets over 127 (8BITMIME, RFC 6152).</param>
/// <param name="IsHeaderEightBit">Its header section does (SMTPUTF8, RFC 6531).</param>
internal readonly record struct TextFacts(bool IsEightBit, bool IsHeaderEightBit);
