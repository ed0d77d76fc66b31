using EdgeFlora.Cli;

return await EdgeFloraCommand.RunAsync(args);
