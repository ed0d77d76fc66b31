using System.Text.Json;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Cli.Tests.Client;

namespace EdgeFlora.Cli.Tests.Doctor;

/// <summary><c>edgeflora doctor --service</c> beside a service that is well, and others that are not.</summary>
[Collection(ServiceGroup.Name)]
public sealed class ServiceDoctorTests(ServiceFixture service)
{
    [Fact]
    public async Task A_service_is_looked_at_through_its_API()
    {
        (_, Dictionary<string, JsonElement> checks) = await LookAsync("--context", "olga");

        Assert.Equal(
            [
                "service.tcp", "service.tls", "service.ready", "clock", "service.token", "versions", "service.disk", "service.broker",
                "service.agents", "service.alerts",
            ],
            checks.Keys);
        Assert.Equal(("Ok", "it is the pinned one"), Of(checks["service.tls"]));
        Assert.Equal(("Ok", "olga, who may operate"), Of(checks["service.token"]));
        Assert.Equal("Ok", Of(checks["service.ready"]).Outcome);
        Assert.Equal("Ok", Of(checks["clock"]).Outcome);
    }

    [Fact]
    public async Task Who_may_only_look_is_told_so() =>
        Assert.Equal(("Warning", "vera, who may only look"), Of((await LookAsync("--context", "vera")).Checks["service.token"]));

    [Fact]
    public async Task Another_certificate_than_the_pinned_one_stops_everything_that_would_send_the_token()
    {
        await service.AddContextAsync("between", service.Api.Operate, "sha256:" + new string('0', 64));

        (int code, Dictionary<string, JsonElement> checks) = await LookAsync("--context", "between");
        await service.OkAsync("context", "use", "olga");

        Assert.Equal(ExitCode.BadInput, code);
        Assert.StartsWith("it shows another certificate than the pinned one: sha256:", Of(checks["service.tls"]).Found, StringComparison.Ordinal);
        Assert.Equal(("NotTried", "service.tls failed"), Of(checks["service.token"]));
    }

    [Fact]
    public async Task A_token_that_does_not_count_is_told_with_the_command_that_adds_one()
    {
        await service.AddContextAsync("gone", "efo_this-one-was-revoked", service.Api.Fingerprint);

        (int code, Dictionary<string, JsonElement> checks) = await LookAsync("--context", "gone");
        await service.OkAsync("context", "use", "olga");

        Assert.Equal(ExitCode.BadInput, code);
        Assert.EndsWith("does not accept this operator token", Of(checks["service.token"]).Found, StringComparison.Ordinal);
        Assert.StartsWith("add one: edgeflora context add NAME ", checks["service.token"].GetProperty("mend").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_service_that_is_not_there_exits_with_4()
    {
        string token = service.Write("away.token", "efo_x\n");
        await service.OkAsync("context", "add", "away", "https://127.0.0.1:9/", "--token-file", token);

        (int code, Dictionary<string, JsonElement> checks) = await LookAsync("--context", "away");
        await service.OkAsync("context", "use", "olga");

        Assert.Equal(ExitCode.Unreachable, code);
        Assert.True(checks["service.tcp"].GetProperty("unreachable").GetBoolean());
        Assert.All(checks.Values.Skip(1), check => Assert.Equal("NotTried", Of(check).Outcome));
    }

    [Fact]
    public async Task A_replica_that_stands_by_is_told_from_a_service_that_is_not_ready()
    {
        service.Api.StandsBy = "far, process 7 leads (term 3)";

        (int code, Dictionary<string, JsonElement> checks) = await LookAsync("--context", "olga");
        service.Api.StandsBy = null;

        Assert.Equal(ExitCode.Unreachable, code);
        Assert.Equal(
            ("Warning", "it is a replica that stands by, and hands requests on: far, process 7 leads (term 3)"), Of(checks["service.ready"]));
        Assert.StartsWith(
            "nothing, as long as another replica leads", checks["service.ready"].GetProperty("mend").GetString(), StringComparison.Ordinal);
    }

    private static (string Outcome, string Found) Of(JsonElement check) =>
        (check.GetProperty("outcome").GetString()!, check.GetProperty("found").GetString()!);

    private static async Task<(int Code, Dictionary<string, JsonElement> Checks)> LookAsync(params string[] arguments)
    {
        (int code, string output, string error) = await CommandRunner.RunAsync(["doctor", "--service", "--json", .. arguments]);
        Assert.Equal("", error);
        using var report = JsonDocument.Parse(output);
        Assert.Equal("service", report.RootElement.GetProperty("side").GetString());
        return (code, report.RootElement.GetProperty("checks").EnumerateArray().ToDictionary(
            check => check.GetProperty("name").GetString()!, check => check.Clone()));
    }
}
