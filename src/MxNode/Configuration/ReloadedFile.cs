namespace ThrottleNet.MxNode.Configuration;

/// <summary>A file beside the configuration, such as a certificate, that is read again after each reload.</summary>
/// <param name="Read">Reads it if it has changed, and logs what it found. A file that cannot be used leaves the last good one in force.</param>
internal sealed record ReloadedFile(Action Read);
