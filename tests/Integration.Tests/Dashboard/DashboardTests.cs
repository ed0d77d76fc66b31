using System.IO.Compression;
using System.Text.Json;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Integration.Tests.Brokers;
using EdgeFlora.Integration.Tests.Service;
using EdgeFlora.Testing.Network;
using Microsoft.Playwright;
using static EdgeFlora.Integration.Tests.Dashboard.PageSteps;
using static Microsoft.Playwright.Assertions;

namespace EdgeFlora.Integration.Tests.Dashboard;

/// <summary>The dashboard in a real browser, before the real service with its tokens and TLS, with agents over a real broker.</summary>
public sealed class DashboardTests(BrokerFixture broker)
{
    private string Url => broker.Url("service");

    [Fact]
    public async Task An_operator_signs_in_submits_a_run_watches_it_live_and_saves_its_adapter()
    {
        await using Browser browser = await Browser.StartAsync();
        await using var fleet = new ServedFleet(Url);
        Uri service = await fleet.ServeWithTokensAsync();
        await fleet.AgentsAsync("a", "b");
        IPage page = await browser.PageAsync();

        await page.GotoAsync(service.ToString());
        await page.GetByLabel("Operator token").FillAsync("efo_wrong");
        await Button(page, "Sign in").ClickAsync();
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("This token does not count");
        await SignInAsync(page, fleet.FirstToken());
        await Link(page, "Agents").ClickAsync();
        await Expect(page.GetByRole(AriaRole.Row).Filter(new() { HasText = "waits for work: no run is under way" })).ToHaveCountAsync(2);

        await Link(page, "Runs").ClickAsync();
        await Link(page, "Submit a run").ClickAsync();
        await page.GetByLabel("Run spec, YAML or JSON").FillAsync("labels: [files, network]\nrounds: {count: 0}\nagent: 3\n");
        await Button(page, "Submit").ClickAsync();
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("line 2: rounds.count is 0");
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("line 3:");
        await page.GetByLabel("Run spec, YAML or JSON").FillAsync(ServedFleet.Spec + "\nname: watched\n");
        await Button(page, "Submit").ClickAsync();
        await Expect(Heading(page, "watched")).ToBeVisibleAsync();
        await Expect(page.Locator(".top .badge").First).ToHaveTextAsync("Completed", Long);
        await Expect(page.GetByRole(AriaRole.Img, new() { NameString = "Merge error. used: from" })).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Img, new() { NameString = "Merge error by layer and round: " })).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Img, new() { NameString = "Time line: a 2 tasks, 0 faults; b 2 tasks, 0 faults" })).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Log)).ToContainTextAsync("round 2: committed");

        IDownload adapter = await page.RunAndWaitForDownloadAsync(() => Button(page, "Export adapter").ClickAsync());
        using (ZipArchive zip = ZipFile.OpenRead(await adapter.PathAsync()))
        {
            Assert.Contains("adapter/adapter_config.json", zip.Entries.Select(entry => entry.FullName));
        }

        Assert.DoesNotContain(fleet.FirstToken(), page.Url, StringComparison.Ordinal);
        Assert.DoesNotContain(
            fleet.FirstToken(), await page.EvaluateAsync<string>("JSON.stringify(localStorage) + document.cookie"), StringComparison.Ordinal);
        Assert.Empty(browser.Complaints);
    }

    [Fact]
    public async Task Commands_are_asked_about_first_and_hidden_from_those_who_may_only_view()
    {
        await using Browser browser = await Browser.StartAsync();
        await using var fleet = new ServedFleet(Url);
        Uri service = await fleet.ServeWithTokensAsync();
        await fleet.AgentsAsync("a");
        IPage page = await browser.PageAsync(ColorScheme.Dark);
        await page.GotoAsync(service.ToString());
        await SignInAsync(page, fleet.FirstToken());
        await page.GotoAsync(service + "#/runs/new");
        await page.GetByLabel("Run spec, YAML or JSON").FillAsync(ServedFleet.Spec + "\nname: steered\nagents: {min: 2}\n");
        await Button(page, "Submit").ClickAsync();
        await Expect(page.Locator(".lead")).ToHaveTextAsync("waits for 1 more of 2 agents");

        await Button(page, "Pause").ClickAsync();
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { NameString = "Back" }).ClickAsync();
        await Expect(page.Locator(".top .badge").First).ToHaveTextAsync("Queued");
        await Button(page, "Pause").ClickAsync();
        await page.GetByRole(AriaRole.Dialog).GetByLabel("Reason").FillAsync("not at night");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator(".lead")).ToContainTextAsync("held by an operator: not at night");
        await Button(page, "Change").ClickAsync();
        await page.GetByRole(AriaRole.Dialog).GetByLabel("Rounds in all").FillAsync("0");
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { NameString = "Change" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Alert)).ToContainTextAsync("rounds.count is 0; it must be a whole number, "
            + "1 … 10000 rounds");
        await page.GetByRole(AriaRole.Dialog).GetByLabel("Rounds in all").FillAsync("5");
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { NameString = "Change" }).ClickAsync();
        await Expect(page.Locator(".tile").First).ToContainTextAsync("0 of 5");
        string run = page.Url;

        await page.GotoAsync(service + "#/agents/a");
        await Expect(page.GetByLabel("The terminal's last lines")).ToContainTextAsync("Ctrl-C stops it");
        await Button(page, "Label").ClickAsync();
        await page.GetByRole(AriaRole.Dialog).GetByLabel("Changes").FillAsync("site=berlin");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator(".facts")).ToContainTextAsync("site=berlin");
        await Button(page, "Quarantine").ClickAsync();
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { NameString = "Quarantine" }).ClickAsync();
        await Expect(page.Locator(".lead")).ToHaveTextAsync("is quarantined; it gets nothing until it is released");

        await page.GotoAsync(service + "#/service");
        await Expect(page.GetByText("Agent a is quarantined: by an operator")).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Row).Filter(new() { HasText = "ef.fleet" })).ToBeVisibleAsync();
        await Button(page, "Create").ClickAsync();
        await page.GetByRole(AriaRole.Dialog).GetByLabel("Name").FillAsync("vera");
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { NameString = "Create" }).ClickAsync();
        string secret = await page.Locator(".secret").InnerTextAsync();

        IPage other = await browser.PageAsync();
        await other.GotoAsync(run);
        await SignInAsync(other, secret);
        await Expect(Heading(other, "steered")).ToBeVisibleAsync();
        await Expect(other.Locator(".lead")).ToContainTextAsync("held by an operator");
        await Expect(other.Locator(".top").GetByRole(AriaRole.Button)).ToHaveCountAsync(0);
        Assert.Empty(browser.Complaints);
    }

    /// <summary>A private run is held after a restore, until somebody says how much it has spent unseen.</summary>
    [Fact]
    public async Task A_private_run_of_a_restored_service_is_resumed_with_the_rounds_it_has_spent()
    {
        await using Browser browser = await Browser.StartAsync();
        await using var fleet = new ServedFleet(Url);
        Uri service = await fleet.ServeWithTokensAsync();
        IPage page = await browser.PageAsync();
        await page.GotoAsync(service.ToString());
        await SignInAsync(page, fleet.FirstToken());
        await page.GotoAsync(service + "#/runs/new");
        await page.GetByLabel("Run spec, YAML or JSON").FillAsync(PrivateSpec);
        await Button(page, "Submit").ClickAsync();
        await Expect(page.Locator(".lead")).ToHaveTextAsync("waits for 2 more of 2 agents");
        string run = new Uri(page.Url).Fragment;
        await fleet.Service.KillAsync();
        service = await fleet.ServeWithTokensAsync(0, "--restored");

        page = await browser.PageAsync();
        await page.GotoAsync(service + run);
        await SignInAsync(page, fleet.FirstToken());
        await Expect(page.Locator(".lead")).ToContainTextAsync("0 rounds are known, which have spent ε = 0.00 of 100");
        await Button(page, "Resume").ClickAsync();
        ILocator dialog = page.GetByRole(AriaRole.Dialog);
        ILocator spent = dialog.GetByLabel("Rounds that ended after the backup");
        ILocator resume = dialog.GetByRole(AriaRole.Button, new() { NameString = "Resume" });
        await Expect(dialog).ToContainTextAsync("the service was restored from");
        await resume.ClickAsync();
        await Expect(dialog.GetByRole(AriaRole.Alert)).ToContainTextAsync("--spent-rounds N");
        await spent.FillAsync("10001");
        await resume.ClickAsync();
        await Expect(dialog.GetByRole(AriaRole.Alert)).ToContainTextAsync("spentRounds is 10001; it must be 0 … 10000.");
        await spent.FillAsync("1");
        await resume.ClickAsync();

        await Expect(dialog).ToHaveCountAsync(0);
        await Expect(page.Locator(".lead")).ToHaveTextAsync("waits for 2 more of 2 agents");
        await Button(page, "Pause").ClickAsync();
        await Expect(dialog).ToHaveCountAsync(1);
        Assert.Empty(browser.Complaints);
    }

    private const string PrivateSpec = """
        name: private
        labels: [files, network]
        rounds: {count: 3}
        agents: {min: 2}
        aggregation: {strategy: FfaLora}
        training: {steps: 2, batch: 2, maxTokens: 12, codec: fp32, broadcastCodec: fp32}
        privacy: {noise: 4, clip: 0.2, budget: 100}
        """;

    [Fact]
    public async Task A_page_outlives_the_death_of_its_service_and_goes_on_by_itself()
    {
        await using Browser browser = await Browser.StartAsync();
        await using var fleet = new ServedFleet(Url);
        int port = FreePorts.Take(1)[0];
        Uri service = await fleet.ServeWithTokensAsync(port);
        await fleet.AgentsAsync("a", "b");
        IPage page = await browser.PageAsync();
        await page.GotoAsync(service.ToString());
        await SignInAsync(page, fleet.FirstToken());
        await page.GotoAsync(service + "#/runs/new");
        await page.GetByLabel("Run spec, YAML or JSON").FillAsync(ServedFleet.Spec.Replace("count: 2", "count: 6", StringComparison.Ordinal));
        await Button(page, "Submit").ClickAsync();
        await Expect(page.GetByRole(AriaRole.Log)).ToContainTextAsync("round 1: opened");

        await fleet.Service.KillAsync();
        await Expect(page.GetByText("reconnecting …")).ToBeVisibleAsync();
        await fleet.ServeWithTokensAsync(port);

        await Expect(page.Locator(".top .badge").First).ToHaveTextAsync("Completed", Long);
        await Expect(page.GetByRole(AriaRole.Log)).ToContainTextAsync("round 6: committed");
        // Kept events came once, although the page asked twice.
        Assert.Equal(1, await page.GetByRole(AriaRole.Log).GetByText("round 6: committed", new() { Exact = true }).CountAsync());
        Assert.Empty(browser.Complaints);
    }

    [Fact]
    public async Task A_thousand_agents_are_shown_by_the_page_and_found_by_a_word()
    {
        await using Browser browser = await Browser.StartAsync();
        await using var fleet = new ServedFleet(Url);
        Uri service = await fleet.ServeWithTokensAsync();
        IPage page = await browser.PageAsync();
        AgentSummary[] agents = [.. Enumerable.Range(0, 1000).Select(Agent)];
        await page.RouteAsync("**/api/v1/agents?*", route => route.FulfillAsync(
            new() { ContentType = "application/json", Body = JsonSerializer.Serialize(new Page<AgentSummary>(agents, null), ApiJson.Options) }));
        await page.GotoAsync(service.ToString());
        await SignInAsync(page, fleet.FirstToken());
        await Link(page, "Agents").ClickAsync();

        await Expect(page.Locator("tbody tr")).ToHaveCountAsync(50);
        await Button(page, "Next").ClickAsync();
        await Expect(page.GetByText("page 2 of 20")).ToBeVisibleAsync();
        await page.GetByLabel("Filter").PressSequentiallyAsync("k0777");
        await Expect(page.Locator("tbody tr")).ToHaveCountAsync(1);
        await Expect(page.Locator("tbody tr")).ToContainTextAsync("has been silent for 9 min");
        await Expect(page.GetByLabel("Filter")).ToBeFocusedAsync();
        Assert.Empty(browser.Complaints);
    }

    private static LocatorAssertionsToHaveTextOptions Long => new() { Timeout = 180_000 };

    private static AgentSummary Agent(int number) => new()
    {
        Name = FormattableString.Invariant($"k{number:0000}"),
        InstallationId = Guid.NewGuid(),
        Role = AgentRole.Trainer,
        Presence = number == 777 ? AgentPresence.Silent : AgentPresence.Online,
        Standing = AgentStanding.Active,
        Labels = new Dictionary<string, string>(),
        Platform = "linux-arm64",
        Version = "0.1.0",
        Sentence = number == 777 ? "has been silent for 9 min; look whether it runs and reaches the broker" : "waits for work: no run is under way",
    };
}
