using Microsoft.Playwright;

namespace EdgeFlora.Integration.Tests.Dashboard;

/// <summary>The Chromium of the system, without a screen.</summary>
internal sealed class Browser : IAsyncDisposable
{
    private static readonly string[] Places =
    [
        "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome", "/usr/bin/google-chrome-stable",
    ];

    /// <summary>How long anything may take to show before a test fails, in milliseconds.</summary>
    private const int Guard = 180_000;

    private readonly IPlaywright playwright;
    private readonly IBrowser browser;

    private Browser(IPlaywright playwright, IBrowser browser)
    {
        this.playwright = playwright;
        this.browser = browser;
    }

    /// <summary>What went wrong in pages: uncaught errors, and whatever the browser complained of, such as violations of the page's policy.</summary>
    public List<string> Complaints { get; } = [];

    /// <summary>Skips the calling test where there is no browser; fails it where <c>CI</c> is set, for there nobody would notice.</summary>
    public static async Task<Browser> StartAsync()
    {
        string? program = Environment.GetEnvironmentVariable("EDGEFLORA_CHROMIUM") ?? Places.FirstOrDefault(File.Exists);
        if (program is null)
        {
            const string absent = "no Chromium was found; install it (apt install chromium) or name it in EDGEFLORA_CHROMIUM";
            Assert.SkipWhen(string.IsNullOrEmpty(Environment.GetEnvironmentVariable("CI")), absent);
            Assert.Fail(absent);
        }

        Assertions.SetDefaultExpectTimeout(Guard);
        IPlaywright playwright = await Playwright.CreateAsync();
        // As root, as in CI, Chromium has no sandbox; the pages are our own.
        return new Browser(playwright, await playwright.Chromium.LaunchAsync(new() { ExecutablePath = program, Args = ["--no-sandbox"] }));
    }

    /// <summary>A page in a context of its own, which trusts the service's self-made certificate.</summary>
    public async Task<IPage> PageAsync(ColorScheme colours = ColorScheme.Light)
    {
        IBrowserContext context = await browser.NewContextAsync(
            new() { IgnoreHTTPSErrors = true, ColorScheme = colours, ReducedMotion = ReducedMotion.Reduce });
        context.SetDefaultTimeout(Guard);
        IPage page = await context.NewPageAsync();
        page.PageError += (_, error) => Complain(error);
        page.Console += (_, said) =>
        {
            // What the network does is for the page to tell; it is tested by what the page says.
            if (said.Type == "error" && !said.Text.StartsWith("Failed to load resource", StringComparison.Ordinal))
            {
                Complain(said.Text);
            }
        };
        return page;
    }

    public async ValueTask DisposeAsync()
    {
        await browser.DisposeAsync();
        playwright.Dispose();
    }

    private void Complain(string text)
    {
        lock (Complaints)
        {
            Complaints.Add(text);
        }
    }
}
