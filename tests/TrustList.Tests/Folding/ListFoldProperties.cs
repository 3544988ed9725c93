using FsCheck;
using FsCheck.Fluent;
using ThrottleNet.TrustList.Folding;
using ThrottleNet.TrustList.Statements;
using static ThrottleNet.TrustList.Tests.TestAuthor;

namespace ThrottleNet.TrustList.Tests.Folding;

public sealed class ListFoldProperties
{
    // Two roots, two keys that may get delegations, two that never get one. Few subjects, so that statements overlap.
    private static readonly string[] Authors = [.. Enumerable.Range(1, 6).Select(i => new string((char)('0' + i), AuthorKey.IdLength))];
    private static readonly HashSet<string> Roots = [.. Authors[..2]];
    private static readonly string[] Subjects =
        ["192.0.0.0/16", "192.0.2.0/24", "192.0.2.0/25", "192.0.2.7/32", "192.0.2.200/32", "2001:db8::/32", "2001:db8:1::/48", "isp.example", "a.isp.example"];

    private static readonly Gen<Statement[]> Logs = Gen.ArrayOf(OneOf(Authors)).Select(Number);

    [Fact]
    public void Any_order_of_arrival_folds_to_the_same_list() =>
        Prop.ForAll(
            Logs.SelectMany(logs => Gen.Shuffle(logs).Select(shuffled => (logs, shuffled: shuffled.ToArray()))).ToArbitrary(),
            Minutes().ToArbitrary(),
            (pair, now) => Picture(pair.logs, now) == Picture(pair.shuffled, now) && Picture(pair.logs, now) == Picture([.. pair.shuffled, .. pair.logs], now))
            .QuickCheckThrowOnFailure();

    [Fact]
    public void Statements_of_authors_without_authority_do_not_change_the_list() =>
        Prop.ForAll(
            Logs.ToArbitrary(),
            Minutes().ToArbitrary(),
            (logs, now) =>
            {
                var delegates = logs.Where(statement => Roots.Contains(statement.Author)).Select(statement => statement.Delegate).ToHashSet();
                return Picture(logs, now) == Picture([.. logs.Where(statement => Roots.Contains(statement.Author) || delegates.Contains(statement.Author))], now);
            })
            .QuickCheckThrowOnFailure();

    [Fact]
    public void Without_roots_nothing_is_listed() =>
        Prop.ForAll(Logs.ToArbitrary(), logs => ListFold.Fold(logs, new HashSet<string>(), Start.AddMinutes(50)).Rows.Count == 0)
            .QuickCheckThrowOnFailure();

    [Fact]
    public void Nothing_changes_between_now_and_the_next_change() =>
        Prop.ForAll(
            Logs.ToArbitrary(),
            Minutes().ToArbitrary(),
            (logs, now) =>
            {
                var next = ListFold.Fold(logs, Roots, Start.AddMinutes(now)).NextChange;
                var last = next is { } change ? (int)(change - Start).TotalMinutes - 1 : 1000;
                return last < now || Picture(logs, now) == Picture(logs, last);
            })
            .QuickCheckThrowOnFailure();

    /// <summary>Everything that a lookup could return, as text.</summary>
    private static string Picture(Statement[] statements, int now)
    {
        var list = ListFold.Fold(statements, Roots, Start.AddMinutes(now));
        var rows = list.Rows.Select(row => $"{row.Subject} {row.Standing} {row.Statement.Author} {row.Statement.Seq} {row.RatePerHour} {row.Expires}");
        return string.Join('\n', rows.Concat(list.Delegations.Select(row => $"{row.Statement.Subject} {row.Statement.Delegate} {row.Used}")).Order(StringComparer.Ordinal));
    }

    private static Gen<int> Minutes() => Gen.Choose(0, 100);

    private static Gen<Statement> OneOf(string[] authors) =>
        from author in Gen.Elements(authors)
        from subject in Gen.Elements(Subjects)
        from action in Gen.Elements(Enum.GetValues<TrustAction>())
        from minute in Minutes()
        from lasts in Gen.Choose(1, 60)
        from delegated in Gen.Elements(authors[2..4])
        from recalls in Gen.Elements(true, false, false)
        from fork in Gen.Choose(0, 9)
        select Make(action, subject, minute + lasts, delegated, recalls) with { Author = author, Issued = Start.AddMinutes(minute), Seq = fork == 0 ? -1 : 0 };

    private static Statement Make(TrustAction action, string subject, int expires, string delegated, bool recalls) => action switch
    {
        TrustAction.Enrol => Enrol(subject, expires),
        TrustAction.Renew => Renew(subject, expires),
        TrustAction.Suspend => Suspend(subject) with { Delegate = recalls ? delegated : null },
        TrustAction.Revoke => Revoke(subject) with { Delegate = recalls ? delegated : null },
        _ => Delegate(subject, delegated, hosts: 300, minutes: expires),
    };

    /// <summary>Numbers each author's statements in its log. Now and then two get the same number.</summary>
    private static Statement[] Number(Statement[] statements)
    {
        var last = new Dictionary<string, (long Seq, DateTimeOffset Issued)>();
        return Array.ConvertAll(statements, statement =>
        {
            var (seq, issued) = last.GetValueOrDefault(statement.Author, (0, Start));
            var lasts = statement.Expires - statement.Issued;
            var time = statement.Issued > issued ? statement.Issued : issued;
            var place = statement.Seq < 0 ? Math.Max(1, seq) : seq + 1;
            last[statement.Author] = (place, time);
            return statement with { Seq = place, Issued = time, Expires = time + lasts };
        });
    }
}
