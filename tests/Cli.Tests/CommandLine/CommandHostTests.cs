using EdgeFlora.Cli.CommandLine;

namespace EdgeFlora.Cli.Tests.CommandLine;

public sealed class CommandHostTests
{
    [Theory]
    [InlineData("--what", "'--what'")]
    [InlineData("sing", "'sing'")]
    public async Task What_the_command_does_not_know_is_one_line_and_exit_code_2(string argument, string named)
    {
        (int code, string error) = await Commands.RunAsync(argument);

        Assert.Equal(ExitCode.BadInput, code);
        Assert.Contains(named, Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }
}
