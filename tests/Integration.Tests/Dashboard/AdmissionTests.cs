using EdgeFlora.Cli.CommandLine;
using EdgeFlora.EdgeAgent.Credentials;
using EdgeFlora.Integration.Tests.Brokers;
using EdgeFlora.Integration.Tests.Service;
using Microsoft.Playwright;
using static EdgeFlora.Integration.Tests.Dashboard.PageSteps;
using static Microsoft.Playwright.Assertions;

namespace EdgeFlora.Integration.Tests.Dashboard;

/// <summary>What an operator lets into a service by its pages: devices and base models.</summary>
public sealed class AdmissionTests(ManagedBroker managed) : IClassFixture<ManagedBroker>
{
    [Fact]
    public async Task A_device_is_enrolled_with_a_command_from_the_page_trains_changes_its_password_and_its_rounds_are_verified()
    {
        await using Browser browser = await Browser.StartAsync();
        await using EnrolledFleet fleet = await StartAsync();
        IPage page = await SignedInAsync(browser, fleet);
        await page.GotoAsync(await AddressAsync(fleet) + "#/service");
        await Button(page, "Enrol a device").ClickAsync();
        ILocator dialog = page.GetByRole(AriaRole.Dialog);
        await dialog.GetByLabel("Labels").FillAsync("site");
        await dialog.GetByRole(AriaRole.Button, new() { NameString = "Create" }).ClickAsync();
        await Expect(dialog.GetByRole(AriaRole.Alert)).ToHaveTextAsync("'site' must be key=value");
        await dialog.GetByLabel("Labels").FillAsync("site=a");
        await dialog.GetByLabel("Devices that may use it").FillAsync("2");
        await dialog.GetByRole(AriaRole.Button, new() { NameString = "Create" }).ClickAsync();
        string[] enroll = (await page.Locator(".secret").InnerTextAsync()).Split(' ');
        await Button(page, "I have it").ClickAsync();

        string fingerprint = (await fleet.Service.LineAsync("fingerprint of its certificate: ")).Split(' ')[^1];
        string said = await ServedFleet.OkAsync(
            [.. enroll[1..], "--fingerprint", fingerprint, "--name", "pump-1", "--state", fleet.In("pump-1")]);
        Assert.StartsWith("enrolled as pump-1, labels site=a; ", said, StringComparison.Ordinal);
        EdgeFloraProcess agent = fleet.Agent("pump-1");
        await agent.LineAsync("agent pump-1: idle");
        await Expect(page.GetByText("1 use left, site=a, made by first")).ToBeVisibleAsync();
        await page.Locator("[data-key=agent-tokens]").GetByRole(AriaRole.Button, new() { NameString = "Revoke" }).ClickAsync();
        await dialog.GetByRole(AriaRole.Button, new() { NameString = "Revoke" }).ClickAsync();
        await Expect(page.GetByText("None that still counts.")).ToBeVisibleAsync();

        await fleet.TrainAsync("--set", "name=kept", "--set", "retention.results=2");
        await Link(page, "Runs").ClickAsync();
        await Link(page, "kept").ClickAsync();
        await Button(page, "Verify").ClickAsync();
        await dialog.GetByLabel("Round").FillAsync("3");
        await dialog.GetByRole(AriaRole.Button, new() { NameString = "Verify" }).ClickAsync();
        await Expect(dialog.GetByRole(AriaRole.Alert)).ToContainTextAsync("3");
        await dialog.GetByLabel("Round").FillAsync("");
        await dialog.GetByRole(AriaRole.Button, new() { NameString = "Verify" }).ClickAsync();
        await Expect(page.Locator("#notice")).ToHaveTextAsync("2 rounds merged again: the same bytes came of it");

        string password = await File.ReadAllTextAsync(StoredEnrolment.PasswordFileIn(fleet.In("pump-1")), TestContext.Current.CancellationToken);
        await page.GotoAsync(await AddressAsync(fleet) + "#/agents/pump-1");
        await Button(page, "New password").ClickAsync();
        await dialog.GetByRole(AriaRole.Button, new() { NameString = "Give" }).ClickAsync();
        await Expect(page.Locator("#notice")).ToHaveTextAsync("pump-1 is asked to change its password");
        await LimitedWait.UntilAsync(() => File.ReadAllText(StoredEnrolment.PasswordFileIn(fleet.In("pump-1"))) != password);
        await Button(page, "New password").ClickAsync();
        await dialog.GetByLabel("How").SelectOptionAsync("by hand, with a command on the device");
        await dialog.GetByRole(AriaRole.Button, new() { NameString = "Give" }).ClickAsync();
        await Expect(page.Locator(".secret")).ToContainTextAsync("--name pump-1");
        Assert.Empty(browser.Complaints);
    }

    [Fact]
    public async Task A_base_model_is_added_from_a_folder_of_the_operators_machine_and_removed()
    {
        await using Browser browser = await Browser.StartAsync();
        await using EnrolledFleet fleet = await StartAsync();
        IPage page = await SignedInAsync(browser, fleet);
        await page.GotoAsync(await AddressAsync(fleet) + "#/service");
        ILocator card = page.Locator("[data-key=models]"), dialog = page.GetByRole(AriaRole.Dialog);
        await card.GetByRole(AriaRole.Button, new() { NameString = "Add" }).ClickAsync();
        await dialog.GetByLabel("Folder").SetInputFilesAsync(fleet.In("service"));
        await dialog.GetByRole(AriaRole.Button, new() { NameString = "Add" }).ClickAsync();
        await Expect(dialog.GetByRole(AriaRole.Alert)).ToHaveTextAsync("The folder has no config.json, so it is no folder of a model.");
        await dialog.GetByLabel("Folder").SetInputFilesAsync(ModelOption.EmbeddedFolder);
        await dialog.GetByLabel("Name").FillAsync("not a name");
        await dialog.GetByRole(AriaRole.Button, new() { NameString = "Add" }).ClickAsync();
        await Expect(dialog.GetByRole(AriaRole.Alert)).ToContainTextAsync("not a name");
        await dialog.GetByLabel("Name").FillAsync("brought");
        await dialog.GetByRole(AriaRole.Button, new() { NameString = "Add" }).ClickAsync();

        await Expect(page.Locator("#notice")).ToHaveTextAsync("added 'brought'");
        string listed = await ServedFleet.OkAsync("models", "ls");
        Assert.Contains("brought", listed, StringComparison.Ordinal);
        await card.Locator("[data-key=brought]").GetByRole(AriaRole.Button, new() { NameString = "Remove" }).ClickAsync();
        await dialog.GetByRole(AriaRole.Button, new() { NameString = "Remove" }).ClickAsync();
        await Expect(card.Locator("[data-key=brought]")).ToHaveCountAsync(0);
        Assert.DoesNotContain("brought", await ServedFleet.OkAsync("models", "ls"), StringComparison.Ordinal);
        Assert.Empty(browser.Complaints);
    }

    private Task<EnrolledFleet> StartAsync() => EnrolledFleet.StartAsync(
        managed.Broker.Url("enrolment"), $"management: '{managed.Broker.Management.OriginalString}'");

    private static async Task<string> AddressAsync(EnrolledFleet fleet) => (await fleet.Service.LineAsync("serving at ")).Split(' ', ',')[2];

    private static async Task<IPage> SignedInAsync(Browser browser, EnrolledFleet fleet)
    {
        IPage page = await browser.PageAsync();
        await page.GotoAsync(await AddressAsync(fleet));
        string token = await File.ReadAllTextAsync(fleet.In("service/first-operator.token"), TestContext.Current.CancellationToken);
        await SignInAsync(page, token.Trim());
        return page;
    }
}
