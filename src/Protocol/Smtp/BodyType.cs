namespace ThrottleNet.Protocol.Smtp;

/// <summary>What the client says of the body (RFC 6152).</summary>
public enum BodyType
{
    SevenBit,
    EightBitMime,
}
