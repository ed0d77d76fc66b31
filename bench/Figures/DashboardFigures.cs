using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Coordinator.Tests.Api.Fakes;
using EdgeFlora.Integration.Tests.Dashboard;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace EdgeFlora.Figures;

/// <summary>
/// What a run's page takes in a real browser, for docs/benchmarks.md: <c>dotnet run --project bench/Figures -c Release -- -class "*DashboardFigures"
/// -showliveoutput</c>.
/// </summary>
public sealed class DashboardFigures
{
    private const int EventsASecond = 20;
    private const int Minutes = 10;

    /// <summary>One event in so many is kept by the service, and stays in the page's log.</summary>
    private const int KeptOneIn = 4;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Twenty_events_a_second_for_ten_minutes()
    {
        await using Browser browser = await Browser.StartAsync();
        await using ServedApi api = await ServedApi.StartAsync();
        using HttpClient client = api.Client(api.Operate);
        using var spec = new StringContent("labels: [files, network]\nname: busy\n", Encoding.UTF8, "application/yaml");
        using HttpResponseMessage submitted = await client.PostAsync("/api/v1/runs", spec, Stop);
        Guid run = (await submitted.Content.ReadFromJsonAsync<RunDetail>(ApiJson.Options, Stop))!.Summary.Id;
        api.Runs.Become(run, RunState.Running);
        api.Runs.Happen(run, RunEventKind.CoordinatorStarted);
        IPage page = await browser.PageAsync();
        await page.GotoAsync($"{api.Address}#/runs/{run}");
        await page.GetByLabel("Operator token").FillAsync(api.View);
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByRole(AriaRole.Log)).ToBeVisibleAsync();
        List<double> answers = [];
        double before = await HeapAsync(page);

        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1.0 / EventsASecond));
        long began = Stopwatch.GetTimestamp();
        int sent = 0;
        for (; sent < EventsASecond * 60 * Minutes && await timer.WaitForNextTickAsync(Stop); sent++)
        {
            bool keep = sent % KeptOneIn == 0;
            api.Runs.Happen(run, keep ? RunEventKind.ResultAccepted : RunEventKind.TaskProgressed, keep, keep ? $"event {sent}" : null);
            if (sent % (EventsASecond * 10) == 0)
            {
                // How long the page takes to get round to something else.
                long asked = Stopwatch.GetTimestamp();
                await page.EvaluateAsync("() => new Promise(done => requestAnimationFrame(() => setTimeout(done)))");
                answers.Add(Stopwatch.GetElapsedTime(asked).TotalMilliseconds);
            }
        }

        double minutes = Stopwatch.GetElapsedTime(began).TotalMinutes;
        api.Runs.Happen(run, RunEventKind.RoundSkipped, keep: true, "the last one");
        await Expect(page.GetByRole(AriaRole.Log)).ToContainTextAsync("the last one");
        Assert.Empty(browser.Complaints);
        answers.Sort();
        double after = await HeapAsync(page);
        TestContext.Current.TestOutputHelper!.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{sent} events in {minutes:0.0} minutes; the page answers within {answers[answers.Count / 2]:0} ms (median), {answers[^1]:0} (worst); "
                + $"its heap is {before / 1e6:0} MB before and {after / 1e6:0} MB after"));
    }

    private static async Task<double> HeapAsync(IPage page) => await page.EvaluateAsync<double>("() => performance.memory?.usedJSHeapSize ?? 0");
}
