using System.Text;

namespace ThrottleNet.Protocol.Smtp;

/// <summary>The parameters by which a sender asks for delivery reports (RFC 3461, section 4).</summary>
internal static class DsnParameters
{
    private const int MaxEnvelopeId = 100;
    private const int MaxOriginalRecipient = 500;

    public static bool IsReturn(string? value) => value?.ToUpperInvariant() is "FULL" or "HDRS";

    public static bool IsEnvelopeId(string? value) => value is { Length: > 0 and <= MaxEnvelopeId } && Ascii.IsValid(value) && Xtext.TryDecode(value, out _);

    public static bool IsNotify(string? value) =>
        value?.ToUpperInvariant() is { } list && (list == "NEVER" || list.Split(',').All(word => word is "SUCCESS" or "FAILURE" or "DELAY"));

    // The type is an atom; what follows is xtext, or UTF-8 with its own escapes (RFC 6533, section 3), which only the reader of the report has to know.
    public static bool IsOriginalRecipient(string? value) =>
        value is { Length: <= MaxOriginalRecipient } && value.IndexOf(';') is var semicolon and > 0 && semicolon < value.Length - 1
        && value[..semicolon].All(c => char.IsAsciiLetterOrDigit(c) || c == '-');
}
