using EdgeFlora.Cli.Hosting;

namespace EdgeFlora.Cli.Tests;

/// <summary>Runs command lines in this process.</summary>
internal static class CommandRunner
{
    public static async Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments)
    {
        var output = new StringWriter();
        var error = new StringWriter();
        int code = await new CommandHost(EdgeFloraCommand.Create(), output, error).RunAsync(arguments);
        return (code, output.ToString(), error.ToString());
    }
}
