using System.Security.Cryptography;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Cli.Commands.Coordinator;
using EdgeFlora.Cli.Tests.Client;

namespace EdgeFlora.Cli.Tests.Commands.Coordinator;

[Collection(ServiceGroup.Name)]
public sealed class ReadyCommandTests(ServiceFixture service)
{
    private string Url => service.Api.Address.ToString();

    [Fact]
    public async Task A_service_is_ready_by_its_own_certificate_and_not_when_it_says_so()
    {
        Assert.Equal($"{Url} is ready\n", await service.OkAsync("coordinator", "ready", "--state", service.Api.Folder, "--url", Url));

        service.Api.Runs.Ready = false;
        (int code, string output, string error) = await CommandRunner.RunAsync("coordinator", "ready", "--state", service.Api.Folder, "--url", Url);
        service.Api.Runs.Ready = true;

        Assert.Equal((ExitCode.Unreachable, ""), (code, output));
        Assert.Contains("is not ready (status 503)", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_replica_that_stands_by_is_as_it_should_be_only_where_that_was_asked_for()
    {
        service.Api.StandsBy = "far, process 7 leads (term 3)";
        string[] ready = ["coordinator", "ready", "--state", service.Api.Folder, "--url", Url];

        (int code, _, string error) = await CommandRunner.RunAsync(ready);
        string said = await service.OkAsync([.. ready, "--or-standby"]);
        service.Api.StandsBy = null;
        service.Api.Runs.Ready = false;
        (int starting, _, _) = await CommandRunner.RunAsync([.. ready, "--or-standby"]);
        service.Api.Runs.Ready = true;

        Assert.Equal(ExitCode.Unreachable, code);
        Assert.Contains("is not ready (status 503)", error, StringComparison.Ordinal);
        Assert.Equal($"{Url} stands by: far, process 7 leads (term 3)\n", said);
        Assert.Equal(ExitCode.Unreachable, starting);
    }

    /// <summary>Another program that listens at the port is not taken for the service.</summary>
    [Fact]
    public async Task Another_certificate_is_not_trusted()
    {
        string other = Directory.CreateDirectory(Path.Combine(service.Folder, "other-state")).FullName;
        (int code, _, string error) = await CommandRunner.RunAsync("coordinator", "ready", "--state", other, "--url", Url);
        Assert.Equal(ExitCode.Unreachable, code);
        Assert.Contains("shows a certificate that this machine does not trust", error, StringComparison.Ordinal);

        await File.WriteAllTextAsync(Path.Combine(other, "api-certificate.pem"), "none", TestContext.Current.CancellationToken);
        (code, _, error) = await CommandRunner.RunAsync("coordinator", "ready", "--state", other, "--url", Url);
        Assert.Equal(ExitCode.BadInput, code);
        Assert.Contains("holds no certificate", error, StringComparison.Ordinal);
        Assert.IsAssignableFrom<CryptographicException>(Assert.Throws<InputException>(() => ReadyCommand.Fingerprint(other)).InnerException);
    }
}
