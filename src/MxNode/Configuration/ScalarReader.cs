using System.Globalization;
using System.Net;
using ThrottleNet.TrustList;

namespace ThrottleNet.MxNode.Configuration;

/// <summary>The kinds of single values a configuration may hold, how each is read, and how each is written right.</summary>
internal static class ScalarReader
{
    private delegate bool Reader(string text, out object? value);

    private static readonly Dictionary<Type, (Reader Read, string Example)> Kinds = new()
    {
        [typeof(string)] = ((string t, out object? v) => (v = t) is not null, "a text"),
        [typeof(bool)] = ((string t, out object? v) => Boxed(bool.TryParse(t, out var b), b, out v), "true or false"),
        [typeof(int)] = ((string t, out object? v) => Boxed(int.TryParse(t, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var n), n, out v), "a whole number"),
        [typeof(long)] = ((string t, out object? v) => Boxed(long.TryParse(t, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var n), n, out v), "a whole number"),
        [typeof(double)] = ((string t, out object? v) => Boxed(double.TryParse(t, NumberStyles.Float, CultureInfo.InvariantCulture, out var n) && double.IsFinite(n), n, out v), "a number"),
        [typeof(float)] = ((string t, out object? v) => Boxed(float.TryParse(t, NumberStyles.Float, CultureInfo.InvariantCulture, out var n) && float.IsFinite(n), n, out v), "a number"),
        [typeof(TimeSpan)] = ((string t, out object? v) => Boxed(TryReadDuration(t, out var s), s, out v), "a duration as hh:mm:ss, e.g. 00:00:03"),
        [typeof(IPAddress)] = ((string t, out object? v) => Boxed(NetworkText.TryParse(t, out var a, out _) && !t.Contains('/', StringComparison.Ordinal), a.BaseAddress, out v), "an address, e.g. 192.0.2.7 or 2001:db8::7"),
        [typeof(IPEndPoint)] = ((string t, out object? v) => Boxed(TryReadEndPoint(t, out var e), e, out v), "address:port, e.g. 127.0.0.1:2525 or [::1]:2525"),
        [typeof(IPNetwork)] = ((string t, out object? v) => Boxed(NetworkText.TryParse(t, out var n, out _), n, out v), "an address or a network without host bits, e.g. 192.0.2.7 or 192.0.2.0/24"),
    };

    public static bool CanRead(Type type) => type.IsEnum || Kinds.ContainsKey(type);

    public static string Example(Type type) => type.IsEnum ? $"one of {string.Join(", ", Enum.GetNames(type))}" : Kinds[type].Example;

    public static bool TryRead(Type type, string text, out object? value) =>
        type.IsEnum ? Enum.TryParse(type, text, ignoreCase: true, out value) && Enum.IsDefined(type, value) : Kinds[type].Read(text, out value);

    private static bool Boxed<T>(bool ok, T read, out object? value)
    {
        value = ok ? read : null;
        return ok;
    }

    // IPEndPoint.Parse reads an address without a port as port 0. This is an error here, because the operator has probably forgotten the port.
    private static bool TryReadEndPoint(string text, out IPEndPoint? endPoint) =>
        IPEndPoint.TryParse(text, out endPoint)
        && text.LastIndexOf(':') is var colon and > 0
        && int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out _)
        && (endPoint.Address.AddressFamily != System.Net.Sockets.AddressFamily.InterNetworkV6 || text[colon - 1] == ']');

    // The framework reads a number without a unit as days. This is an error here, because the operator probably means seconds.
    private static bool TryReadDuration(string text, out TimeSpan duration)
    {
        duration = default;
        return text.Contains(':', StringComparison.Ordinal)
            && TimeSpan.TryParseExact(text, ["c", @"h\:mm\:ss"], CultureInfo.InvariantCulture, out duration);
    }
}
