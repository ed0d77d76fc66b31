using EdgeFlora.Cli.CommandLine;

return await EdgeFloraCommand.RunAsync(args);
