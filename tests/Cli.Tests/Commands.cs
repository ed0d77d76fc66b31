using EdgeFlora.Cli.CommandLine;

namespace EdgeFlora.Cli.Tests;

/// <summary>Runs command lines in this process.</summary>
internal static class Commands
{
    public static async Task<(int Code, string Error)> RunAsync(params string[] arguments)
    {
        var error = new StringWriter();
        int code = await new CommandHost(EdgeFloraCommand.Create(), TextWriter.Null, error).RunAsync(arguments);
        return (code, error.ToString());
    }
}
