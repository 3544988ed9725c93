using System.Net;
using Microsoft.Extensions.DependencyInjection;
using ThrottleNet.MxNode.Spool;

namespace ThrottleNet.MxNode.Tests.Dashboard;

/// <summary>The buttons of the queue. What each does is tested with the queue itself.</summary>
public sealed class QueueFormsTests
{
    [Fact]
    public async Task A_message_is_held_and_delivered_when_it_is_retried()
    {
        await using var rig = await StartAsync();
        rig.Node.Hop.Script = (step, _) => step == "greeting" ? HopAction.SayAndHangUp("421 4.3.2 not now") : null;
        var id = await SendAsync(rig, "bob@example.com");
        await Eventually.HoldsAsync("the failed attempt", () => Queue(rig).All().Single() is { IsRunning: false, State.Attempts: > 0 });
        Assert.Contains($"Retry {id}", await rig.Browser.GetStringAsync("queue"), StringComparison.Ordinal);

        using var held = await ChangeAsync(rig, id, "hold");
        var page = await held.Content.ReadAsStringAsync();
        Assert.Contains("1 message held until retried.", page, StringComparison.Ordinal);
        Assert.Contains("<td>held</td>", page, StringComparison.Ordinal);
        Assert.DoesNotContain($"Hold {id}", page, StringComparison.Ordinal);

        rig.Node.Hop.Script = (_, _) => null;
        using var retried = await ChangeAsync(rig, id, "retry");
        Assert.Contains("1 message will be tried at once.", await retried.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        await Eventually.HoldsAsync("the delivery", () => !rig.Node.Hop.Messages.IsEmpty);
        await Eventually.HoldsAsync("an empty queue", async () => (await rig.Browser.GetStringAsync("queue")).Contains("The queue is empty.", StringComparison.Ordinal));
        Assert.Contains(rig.Node.Log.Lines, line => line.Event == 6003 && line.Message.EndsWith($"queue retry {id}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task All_messages_to_a_domain_are_deleted_and_no_other()
    {
        await using var rig = await StartAsync();
        rig.Node.Hop.Script = (step, _) => step == "greeting" ? HopAction.SayAndHangUp("421 4.3.2 not now") : null;
        await SendAsync(rig, "bob@example.com");
        await SendAsync(rig, "carol@example.com");
        await SendAsync(rig, "dave@example.org");
        await Eventually.HoldsAsync("the end of the attempts", () => Queue(rig).All().All(entry => !entry.IsRunning));
        Assert.Contains("All messages to example.com:", await rig.Browser.GetStringAsync("queue?domain=example.com"), StringComparison.Ordinal);
        Assert.DoesNotContain("All messages to", await rig.Browser.GetStringAsync("queue?domain=example"), StringComparison.Ordinal);

        using var deleted = await ChangeAsync(rig, "example.com", "delete");
        var page = await deleted.Content.ReadAsStringAsync();
        Assert.Contains("2 messages deleted; nobody gets a report.", page, StringComparison.Ordinal);
        Assert.Contains("<td class=\"wide\">example.org</td>", page, StringComparison.Ordinal);
        Assert.Equal(["example.org"], Queue(rig).All().Select(entry => entry.Domain));
    }

    [Theory]
    [InlineData("0000-1", "retry", "The queue no longer holds 0000-1")]
    [InlineData("<script>", "delete", "The queue no longer holds &lt;script&gt;")]
    [InlineData("example.com", "explode", "Choose what to do")]
    public async Task What_cannot_be_done_is_said(string subject, string action, string notice)
    {
        await using var rig = await StartAsync();
        using var answer = await ChangeAsync(rig, subject, action);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        Assert.Contains(notice, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_queue_the_page_says_how_to_get_one_and_changes_nothing()
    {
        await using var rig = await DashboardRig.StartAsync();
        Assert.Contains("<code>Spool:Enabled</code>", await rig.Browser.GetStringAsync("queue"), StringComparison.Ordinal);
        using var answer = await ChangeAsync(rig, "example.com", "retry");
        Assert.Contains("This node keeps no queue.", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_sites_form_and_a_visitor_without_a_login_change_nothing()
    {
        await using var rig = await StartAsync(withToken: true);
        rig.Node.Hop.Script = (step, _) => step == "greeting" ? HopAction.SayAndHangUp("421 4.3.2 not now") : null;
        var id = await SendAsync(rig, "bob@example.com");
        using var foreign = new FormUrlEncodedContent([new("subject", id), new("action", "delete")]);
        using var anonymous = await rig.Browser.PostAsync("queue/change", foreign);
        Assert.Equal(HttpStatusCode.Unauthorized, anonymous.StatusCode);
        using var login = await DashboardRig.LogInAsync(rig.Browser);
        using var without = await rig.Browser.PostAsync("queue/change", foreign);
        Assert.Equal(HttpStatusCode.Forbidden, without.StatusCode);
        Assert.Equal(1, Queue(rig).Count);
    }

    private static Task<DashboardRig> StartAsync(bool withToken = false) => DashboardRig.StartAsync(withToken, (_, c) => c with { Spool = new() { Enabled = true } });

    private static Task<HttpResponseMessage> ChangeAsync(DashboardRig rig, string subject, string action) =>
        DashboardRig.PostAsync(rig.Browser, "trust", "queue/change", ("subject", subject), ("action", action));

    private static MessageQueue Queue(DashboardRig rig) => rig.Node.Node.Services.GetRequiredService<MessageQueue>();

    // Queues a message and gives its id.
    private static async Task<string> SendAsync(DashboardRig rig, string recipient)
    {
        var before = Queue(rig).All().Select(entry => entry.Id).ToHashSet();
        await using var client = await rig.Node.ConnectAsync();
        Assert.StartsWith("250", await client.DeliverAsync("Subject: x\r\n\r\nhello", recipient, "alice@client.test"), StringComparison.Ordinal);
        return Assert.Single(Queue(rig).All(), entry => !before.Contains(entry.Id)).Id.ToString();
    }
}
