namespace ThrottleNet.MxNode.Admin;

/// <summary>The page at the admin address: the node's figures as they change, and a question about an address.</summary>
internal static class Dashboard
{
    private const string Style = """
          body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 46rem; color: #222; }
          table { border-collapse: collapse; margin: 1rem 0; }
          td, th { padding: .2rem .8rem .2rem 0; text-align: left; font-weight: normal; }
          th { color: #777; }
          #error { color: #a00; }
        """;

    private const string Script = """
          const rows = (id, pairs) => document.getElementById(id).replaceChildren(...pairs.map(([k, v]) => {
            const row = document.createElement('tr');
            for (const [tag, text] of [['th', k], ['td', v]]) row.appendChild(document.createElement(tag)).textContent = text;
            return row;
          }));
          const get = async path => {
            const answer = await fetch(path);
            document.getElementById('error').textContent = answer.ok ? '' : answer.status === 401 ? 'the API wants a token: use the status command' : await answer.text();
            return answer.ok ? answer.json() : null;
          };
          const refresh = async () => {
            const s = await get('api/status').catch(() => null);
            if (!s) return;
            document.getElementById('name').textContent = `${s.name} (${s.hostName})`;
            rows('status', [['version', s.version], ['running since', s.started], ['SMTP', s.smtp.join(', ')],
              ['connections', s.connections], ['ledger rows', s.ledgerRows], ['bytes of text in memory', s.textBytesInMemory],
              ...(s.leftName ? [['magic name', 'left, because destinations refuse this relay for its name']] : []),
              ...(s.nameRefusals.length ? [['refused for its name by', s.nameRefusals.map(r => `${r.host} (${r.count} times)`).join(', ')]] : []),
              ...(s.guard ? [['guard', `${s.guard.passed} passed, ${s.guard.seen} being slowed, ${s.guard.courtesies} courtesies, ${s.guard.refused} refused, ${s.guard.unsure} unsure, ${s.guard.dropped ?? 0} hosts dropped now`]] : [])]);
          };
          document.getElementById('ask').onsubmit = async event => {
            event.preventDefault();
            const b = await get('api/block/' + encodeURIComponent(document.getElementById('address').value.trim()));
            rows('block', b ? [...(b.verdict ? [['verdict', `${b.verdict} (${b.reason})`]] : []), ['trusted by', b.trusted ?? 'nobody'], ['share of its limit', `${Math.round(b.load * 100)} %`],
              ...(b.counted ? [['recipients counted', `${b.counted.here.toFixed(1)} here, ${b.counted.reported.toFixed(1)} reported, of ${b.counted.limit}; today ${b.counted.today.toFixed(1)} of ${b.counted.todayLimit}; ${b.counted.left} left now`]] : [])] : []);
          };
          refresh();
          setInterval(refresh, 2000);
        """;

    public const string Page = $$"""
        <!doctype html>
        <html lang="en">
        <meta charset="utf-8">
        <title>ThrottleNet</title>
        <style>{{Style}}</style>
        <h1 id="name">ThrottleNet</h1>
        <table id="status"></table>
        <form id="ask"><input id="address" placeholder="192.0.2.7" aria-label="address"> <button>What of this address?</button></form>
        <table id="block"></table>
        <p id="error"></p>
        <script>{{Script}}</script>
        </html>
        """;

    /// <inheritdoc cref="AdminSecurity.HashOf"/>
    public static string ScriptHash { get; } = AdminSecurity.HashOf(Script);

    /// <inheritdoc cref="AdminSecurity.HashOf"/>
    public static string StyleHash { get; } = AdminSecurity.HashOf(Style);
}
