using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using EdgeFlora.Adapters.Archives;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Dashboard;
using EdgeFlora.Coordinator.Tests.Api;
using EdgeFlora.Coordinator.Tests.Api.Fakes;

namespace EdgeFlora.Coordinator.Tests.Dashboard;

/// <summary>The dashboard's files as browsers get them. What the pages do is tested in a browser (Integration.Tests, Dashboard).</summary>
public sealed partial class DashboardTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static TheoryData<string> Names => [.. DashboardFiles.All.Keys.Order(StringComparer.Ordinal)];

    [Fact]
    public async Task The_page_is_served_to_everybody_with_a_policy_that_allows_nothing_from_elsewhere()
    {
        await using ServedApi api = await ServedApi.StartAsync();
        using HttpClient client = api.Client(null);

        HttpResponseMessage page = await client.GetAsync("/", Stop);

        Assert.Equal((HttpStatusCode.OK, "text/html; charset=utf-8"), (page.StatusCode, page.Content.Headers.ContentType?.ToString()));
        string policy = Assert.Single(page.Headers.GetValues("Content-Security-Policy"));
        Assert.Contains("default-src 'none'", policy, StringComparison.Ordinal);
        Assert.Contains("script-src 'self';", policy, StringComparison.Ordinal);
        Assert.Contains("style-src 'self';", policy, StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
        Assert.Contains("require-trusted-types-for 'script'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("*", policy, StringComparison.Ordinal);
        Assert.Equal("nosniff", Assert.Single(page.Headers.GetValues("X-Content-Type-Options")));
        Assert.Equal("DENY", Assert.Single(page.Headers.GetValues("X-Frame-Options")));
        Assert.Equal("no-referrer", Assert.Single(page.Headers.GetValues("Referrer-Policy")));
        Assert.Equal("same-origin", Assert.Single(page.Headers.GetValues("Cross-Origin-Opener-Policy")));
        Assert.False(page.Headers.Contains("Strict-Transport-Security")); // its certificate is self-made
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_file_has_its_type_and_is_not_sent_twice(string name)
    {
        await using ServedApi api = await ServedApi.StartAsync();
        using HttpClient client = api.Client(null);
        string type = Path.GetExtension(name) switch { ".html" => "text/html", ".js" => "text/javascript", ".css" => "text/css", _ => "image/svg+xml" };

        HttpResponseMessage first = await client.GetAsync($"/dashboard/{name}", Stop);
        using var again = new HttpRequestMessage(HttpMethod.Get, $"/dashboard/{name}");
        again.Headers.IfNoneMatch.Add(first.Headers.ETag!);
        HttpResponseMessage second = await client.SendAsync(again, Stop);
        using var stale = new HttpRequestMessage(HttpMethod.Get, $"/dashboard/{name}");
        stale.Headers.IfNoneMatch.Add(new EntityTagHeaderValue("\"of-another-build\""));

        Assert.Equal(
            (HttpStatusCode.OK, type, true), (first.StatusCode, first.Content.Headers.ContentType?.MediaType, first.Headers.CacheControl?.NoCache));
        Assert.NotEmpty(await first.Content.ReadAsByteArrayAsync(Stop));
        Assert.Equal((HttpStatusCode.NotModified, first.Headers.ETag), (second.StatusCode, second.Headers.ETag));
        Assert.Empty(await second.Content.ReadAsByteArrayAsync(Stop));
        Assert.Equal(HttpStatusCode.OK, (await client.SendAsync(stale, Stop)).StatusCode);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_file_names_no_other_place_and_holds_no_script_or_style_that_the_policy_forbids(string name)
    {
        string text = System.Text.Encoding.UTF8.GetString(DashboardFiles.All[name].Content.Span).Replace(
            "http://www.w3.org/2000/svg", "", StringComparison.Ordinal);

        Assert.DoesNotMatch(ElsewhereUrl(), text);
        Assert.DoesNotMatch(Markup(), text);
        if (name.EndsWith(".html", StringComparison.Ordinal))
        {
            Assert.DoesNotMatch(InlineCode(), text);
        }
    }

    /// <summary>Whatever a module imports or a page loads is there.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void A_file_refers_to_files_that_there_are(string name)
    {
        string text = System.Text.Encoding.UTF8.GetString(DashboardFiles.All[name].Content.Span);

        Assert.All(Reference().Matches(text), match => Assert.Contains(match.Groups["file"].Value, DashboardFiles.All.Keys));
    }

    /// <summary>Commands of the API, by method and path; what a device asks for by itself is none of an operator's.</summary>
    public static TheoryData<string, string> Commands => [.. JsonNode
        .Parse(File.ReadAllText(Path.Combine(Repository.Root, "docs", "api", "openapi.json")))!["paths"]!.AsObject()
        .SelectMany(path => path.Value!.AsObject(), (path, operation) => (operation.Key.ToUpperInvariant(), path.Key))
        .Where(command => command is not ("GET", _) and not (_, "/api/v1/enrolments"))];

    /// <summary>Whatever an operator can do with the command line can be done by the pages.</summary>
    [Theory]
    [MemberData(nameof(Commands))]
    public void A_command_of_the_API_is_in_a_page(string method, string path)
    {
        string text = string.Concat(DashboardFiles.All.Values.Select(file => System.Text.Encoding.UTF8.GetString(file.Content.Span)));
        string[] words = [.. path.Split('/').Where(part => part.Length > 0 && part[0] != '{')];

        // A thing is deleted or changed by its own path; what else is done to it has a word at the path's end.
        string way = path.EndsWith('}') ? $"(path|`/{words[2]}/)" : $"`[^`]*/{words[^1]}`";
        Assert.Matches(method == "POST" ? $"[/\"]{words[^1]}[\"`?$]" : $"command\\(\"{method}\", {way}", text);
    }

    /// <summary>A folder that the page packs is one that the command line would pack.</summary>
    [Fact]
    public void The_files_that_make_a_model_are_the_same_for_the_page_and_for_the_service()
    {
        string text = System.Text.Encoding.UTF8.GetString(DashboardFiles.All["archive.js"].Content.Span);
        ILookup<bool, string> described = ModelFiles.Described.Split(", ").ToLookup(name => name.Contains('*', StringComparison.Ordinal));

        Assert.All(described[false], name => Assert.Contains($"\"{name}\"", text, StringComparison.Ordinal));
        Assert.Equal(["*.safetensors", "LICENSE*", "LICENCE*", "COPYING*", "NOTICE*", "README*"], described[true]);
        Assert.Equal((1L << 33) - 1, ModelFiles.MaxFileBytes);
        Assert.Contains("mostBytes = 2 ** 33 - 1", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_else_is_found_beside_the_files()
    {
        await using ServedApi api = await ServedApi.StartAsync();
        using HttpClient client = api.Client(null);

        foreach (string path in new[] { "/dashboard/secrets.txt", "/dashboard/..%2Fappsettings.json", "/dashboard/", "/index.php" })
        {
            Assert.Equal((path, HttpStatusCode.NotFound), (path, (await client.GetAsync(path, Stop)).StatusCode));
        }
    }

    [Fact]
    public async Task Loading_the_page_again_and_again_is_not_too_much()
    {
        await using ServedApi api = await ServedApi.StartAsync();
        using HttpClient client = api.Client(null);

        for (int i = 0; i < 100; i++)
        {
            Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/dashboard/main.js", Stop)).StatusCode);
        }
    }

    [Fact]
    public async Task Signing_in_tells_name_and_role_and_a_wrong_token_is_refused()
    {
        await using ServedApi api = await ServedApi.StartAsync();
        using HttpClient operate = api.Client(api.Operate), view = api.Client(api.View), wrong = api.Client("efo_wrong"), none = api.Client(null);

        OperatorTokenSummary olga = await (await operate.GetAsync("/api/v1/me", Stop)).ReadAsync<OperatorTokenSummary>();
        OperatorTokenSummary vera = await (await view.GetAsync("/api/v1/me", Stop)).ReadAsync<OperatorTokenSummary>();

        Assert.Equal((("olga", OperatorRole.Operate), ("vera", OperatorRole.View)), ((olga.Name, olga.Role), (vera.Name, vera.Role)));
        Assert.Equal(401, (await (await wrong.GetAsync("/api/v1/me", Stop)).ProblemAsync()).Status);
        Assert.Equal(401, (await (await none.GetAsync("/api/v1/me", Stop)).ProblemAsync()).Status);
    }

    [Fact]
    public async Task What_a_token_may_see_stays_in_no_cache()
    {
        await using ServedApi api = await ServedApi.StartAsync();
        using HttpClient client = api.Client(api.View);

        foreach (string path in new[] { "/api/v1/runs", "/api/v1/alerts", "/api/v1/resources", "/api/v1/me" })
        {
            HttpResponseMessage answer = await client.GetAsync(path, Stop);
            Assert.Equal((path, HttpStatusCode.OK, true), (path, answer.StatusCode, answer.Headers.CacheControl?.NoStore));
        }
    }

    [GeneratedRegex("""(https?:)?//[a-z0-9-]+\.[a-z]|@import|\burl\(""", RegexOptions.IgnoreCase)]
    private static partial Regex ElsewhereUrl();

    /// <summary>Ways in which a text becomes markup or code.</summary>
    [GeneratedRegex(@"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|setTimeout\(""")]
    private static partial Regex Markup();

    [GeneratedRegex(@"<style|<script(?![^>]*\ssrc=)|\son\w+=|\sstyle=", RegexOptions.IgnoreCase)]
    private static partial Regex InlineCode();

    [GeneratedRegex("""(?:from\s+"\./|(?:src|href)="/dashboard/|src: "/dashboard/)(?<file>[^"]+)""")]
    private static partial Regex Reference();
}
