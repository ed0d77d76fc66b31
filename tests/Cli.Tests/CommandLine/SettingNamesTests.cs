using System.CommandLine;
using EdgeFlora.Cli.CommandLine;

namespace EdgeFlora.Cli.Tests.CommandLine;

public sealed class SettingNamesTests
{
    private static readonly Command Agent = EdgeFloraCommand.Create().Subcommands.Single(command => command.Name == "agent");

    [Theory]
    [InlineData("Agent:Name is 'A_B'; it must", "--name is 'A_B'; it must")]
    [InlineData("Agent:HeldOutFraction is 2", "--held-out-fraction is 2")]
    [InlineData("Agent:StateFolder is '/x' and Broker:Url too", "--state is '/x' and --broker too")]
    [InlineData("The broker shows a certificate; name it with Broker:Ca.", "The broker shows a certificate; name it with --broker-ca.")]
    [InlineData("Agent:Resilience:Retries is -1", "Agent:Resilience:Retries is -1")]
    [InlineData("data.jsonl:2: C:Users is no label", "data.jsonl:2: C:Users is no label")]
    public void A_setting_is_called_what_the_user_typed_where_the_command_has_it(string message, string typed) =>
        Assert.Equal(typed, SettingNames.AsTyped(message, Agent));
}
