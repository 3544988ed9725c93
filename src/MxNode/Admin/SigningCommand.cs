using System.Globalization;
using System.Text.RegularExpressions;
using ThrottleNet.TrustList.Statements;

namespace ThrottleNet.MxNode.Admin;

/// <summary>The command that signs a statement, for the machine that has the key.</summary>
internal static partial class SigningCommand
{
    /// <summary>The command, quoted for a POSIX shell.</summary>
    public static string For(Statement draft)
    {
        var words = new List<string> { "throttlenet", "trust", Words.Of(draft.Action), draft.Subject.ToString() };
        Add("--kind", draft.Kind is { } kind ? Words.Of(kind) : "");
        Add("--organisation", draft.Organisation);
        Add("--contact", draft.Contact);
        Add("--rate", draft.RatePerHour?.ToString(CultureInfo.InvariantCulture) ?? "");
        Add("--expires", draft.Expires?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture) ?? "");
        Add("--reason", draft.Reason);
        return string.Join(' ', words.Select(Quote));

        void Add(string option, string value)
        {
            if (value.Length > 0)
            {
                words.AddRange([option, value]);
            }
        }
    }

    // Nothing between single quotes has a meaning.
    private static string Quote(string word) => Plain().IsMatch(word) ? word : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    [GeneratedRegex(@"^[A-Za-z0-9._:/@+-]+\z")]
    private static partial Regex Plain();
}
