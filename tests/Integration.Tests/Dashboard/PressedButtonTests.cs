using System.Text.Json;
using EdgeFlora.Integration.Tests.Brokers;
using EdgeFlora.Integration.Tests.Service;
using Microsoft.Playwright;
using static EdgeFlora.Integration.Tests.Dashboard.PageSteps;
using static Microsoft.Playwright.Assertions;

namespace EdgeFlora.Integration.Tests.Dashboard;

/// <summary>A page that changes by itself, under the pointer of somebody who is about to click.</summary>
public sealed class PressedButtonTests(BrokerFixture broker)
{
    /// <summary>What comes while a button is held down moves nothing from under the pointer, and turns no button into another.</summary>
    [Fact]
    public async Task A_button_does_what_it_said_when_it_was_pressed_whatever_comes_before_it_is_let_go()
    {
        await using Browser browser = await Browser.StartAsync();
        await using var fleet = new ServedFleet(broker.Url("service"));
        Uri service = await fleet.ServeWithTokensAsync();
        IPage page = await browser.PageAsync();
        var pressed = new TaskCompletionSource();
        await page.RouteAsync("**/api/v1/models", async route =>
        {
            await pressed.Task;
            string names = JsonSerializer.Serialize(Enumerable.Range(1000, 100).Select(number => new { name = $"model-{number}" }));
            await route.FulfillAsync(new() { ContentType = "application/json", Body = names });
        });
        await page.GotoAsync(service.ToString());
        await SignInAsync(page, fleet.FirstToken());
        await page.GotoAsync(service + "#/runs/new");
        await page.GetByLabel("Run spec, YAML or JSON").FillAsync(ServedFleet.Spec + "\nname: pressed\nagents: {min: 2}\n");

        await Button(page, "Submit").HoverAsync();
        await page.Mouse.DownAsync();
        Task<IResponse> models = page.WaitForResponseAsync("**/api/v1/models");
        pressed.SetResult();
        await models;
        await page.EvaluateAsync("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))");
        await page.Mouse.UpAsync();
        await Expect(page.Locator(".lead")).ToHaveTextAsync("waits for 2 more of 2 agents");

        // Somebody else pauses the run meanwhile: the button that is held down would become "Resume".
        IPage other = await browser.PageAsync();
        await other.GotoAsync(page.Url);
        await SignInAsync(other, fleet.FirstToken());
        await Button(page, "Pause").HoverAsync();
        await page.Mouse.DownAsync();
        await Button(other, "Pause").ClickAsync();
        await other.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { NameString = "Pause" }).ClickAsync();
        await Expect(other.Locator(".top .badge").First).ToHaveTextAsync("Paused");
        for (int answer = 0; answer < 3; answer++)
        {
            // The first may have been asked for before, and the page draws a second one before it asks for a third.
            await page.WaitForResponseAsync("**/api/v1/runs/*");
        }

        await page.Mouse.UpAsync();

        await Expect(page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("Pause 'pressed'?");
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { NameString = "Back" }).ClickAsync();
        await Expect(page.Locator(".top .badge").First).ToHaveTextAsync("Paused");

        // A list that is open may keep the release to itself: the page goes on beside it.
        await page.GetByLabel("Colours").HoverAsync();
        await page.Mouse.DownAsync();
        await Button(other, "Resume").ClickAsync();
        await other.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { NameString = "Resume" }).ClickAsync();
        await Expect(page.Locator(".top .badge").First).ToHaveTextAsync("Queued");
        Assert.Empty(browser.Complaints);
    }
}
