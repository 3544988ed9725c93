namespace ThrottleNet.MxNode.Trust;

/// <summary>Why a command did nothing, in words for its user.</summary>
internal sealed class TrustRefusalException(string message) : Exception(message);
