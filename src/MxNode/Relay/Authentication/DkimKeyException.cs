namespace ThrottleNet.MxNode.Relay.Authentication;

/// <summary>There is no key for a signature, or none that may be used.</summary>
/// <param name="result">The result for the signature (RFC 8601, section 2.7.1).</param>
/// <param name="message">Why.</param>
internal sealed class DkimKeyException(string result, string message) : Exception(message)
{
    public string Result { get; } = result;
}
