using System.Globalization;

namespace ThrottleNet.TrustList.Statements;

/// <summary>Which fields an action needs and which it may not have, and the bounds of each.</summary>
public static class StatementRules
{
    /// <summary>UTF-16 units of an organisation or a contact: a long company name with its legal form fits.</summary>
    public const int MaxName = 200;

    /// <summary>UTF-16 units of a reason: a few sentences.</summary>
    public const int MaxReason = 500;

    /// <summary>The rule that a statement breaks, in words for its author; null: none. Author, seq and previous hash are not checked here.</summary>
    public static string? Problem(Statement statement) =>
        FieldProblem(statement) ?? NumberProblem(statement) ?? TimeProblem(statement)
        ?? TextProblem("organisation", statement.Organisation, MaxName)
        ?? TextProblem("contact", statement.Contact, MaxName)
        ?? TextProblem("reason", statement.Reason, MaxReason);

    private static string? FieldProblem(Statement statement)
    {
        var trusts = statement.Action is TrustAction.Enrol or TrustAction.Renew;
        var delegates = statement.Action == TrustAction.Delegate;
        return Presence("kind", statement.Kind is not null, trusts, trusts)
            ?? Presence("organisation", statement.Organisation.Length > 0, !statement.IsDenial, !statement.IsDenial)
            ?? Presence("contact", statement.Contact.Length > 0, !statement.IsDenial, !statement.IsDenial)
            ?? Presence("hosts", statement.Hosts is not null, delegates, delegates)
            ?? Presence("rate", statement.RatePerHour is not null, false, !statement.IsDenial)
            ?? Presence("expires", statement.Expires is not null, !statement.IsDenial, !statement.IsDenial)
            ?? Presence("delegate", statement.Delegate is not null, delegates, delegates || statement.IsDenial)
            ?? Presence("reason", statement.Reason.Length > 0, statement.IsDenial, true);

        string? Presence(string field, bool present, bool needed, bool allowed) =>
            needed && !present ? $"{Words.Of(statement.Action)} needs {field}"
            : present && !allowed ? $"{Words.Of(statement.Action)} has no {field}"
            : null;
    }

    private static string? NumberProblem(Statement statement) =>
        statement.Hosts < 1 ? "hosts must be 1 or more"
        : statement.RatePerHour < 1 ? "rate must be 1 an hour or more"
        : statement.Delegate is { } id && !AuthorKey.IsId(id) ? $"delegate must be a key id, {AuthorKey.IdLength} hexadecimal digits in lower case"
        : null;

    private static string? TimeProblem(Statement statement) =>
        !IsWhole(statement.Issued) || (statement.Expires is { } expires && !IsWhole(expires)) ? "times are in UTC and whole seconds"
        : statement.Expires <= statement.Issued ? "expires must be after issued"
        : null;

    private static string? TextProblem(string field, string text, int longest)
    {
        if (text.Length > longest)
        {
            return $"{field} is longer than {longest} characters";
        }

        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsSurrogatePair(text, i))
            {
                i++;
            }
            else if (char.GetUnicodeCategory(text, i) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate
                or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator)
            {
                // Line ends would break the log. Direction marks would show a reader another text than the one that was signed.
                return $"{field} holds a control or formatting character (U+{(int)text[i]:X4})";
            }
        }

        return null;
    }

    private static bool IsWhole(DateTimeOffset time) => time.Offset == TimeSpan.Zero && time.Ticks % TimeSpan.TicksPerSecond == 0;
}
