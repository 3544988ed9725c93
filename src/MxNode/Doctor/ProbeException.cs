namespace ThrottleNet.MxNode.Doctor;

/// <summary>A call has failed. The message says how, as the end of a sentence that begins with the server's name.</summary>
internal sealed class ProbeException(string message, Exception? cause = null) : Exception(message, cause);
