// English. The other languages have the same keys; the accessible names here are promised to other programs.

import { brief, plural } from './plural.js'

const count = plural('en')
const list = new Intl.ListFormat('en')

export default {
  start: {
    greeting: 'Hello!',
    tagline: 'See and hear everybody on your network.',
    yourName: 'Your name',
    enter: 'Enter',
    entering: 'One moment…',
    nameRefused: 'This name cannot be shown to others. Please take another one, of up to 40 characters.',
    pin: 'PIN',
    pinHint: 'This box lets in whoever knows its PIN. Its owner can tell you.',
    link: 'This link leads to a call: enter, and you knock there.',
    preview: 'Your picture',
    without: 'You can enter without a camera or a microphone, too.',
  },

  devices: {
    camera: 'Camera',
    microphone: 'Microphone',
    speaker: 'Speaker',
    usual: 'Default',
    /** @param {number} number */
    numbered: number => `Device ${number}`,
    level: 'Microphone level',
    tryAgain: 'Try again',
    asking: 'The browser is asking for your camera and microphone: please allow them.',
    trackMuted: { camera: 'The system has switched the camera off for now.', microphone: 'The system has switched the microphone off for now.' },
    test: 'Test sound',
    mirror: 'Mirror my picture',
    blur: 'Blur my background',
    closed: 'Camera and microphone are closed until a call.',
    remedies: {
      denied: {
        chromium: 'Press the icon to the left of the address, switch it on there, and try again.',
        firefox: 'Press the crossed-out icon to the left of the address, take the block away, and try again.',
        safari: 'Open the page menu beside the address, choose the settings of this website, allow it, and try again.',
        ios: 'Open the settings of the phone, choose this browser among the apps, allow it there, and try again.',
      },
      system: 'If that does not help, allow it to the browser in the settings of the device.',
      missing: 'Plug one in: it is used at once.',
      busy: 'Close the program that uses it, and try again.',
      unfit: 'Choose another one in the settings.',
      insecure: 'Open this page with https.',
      unknown: 'Unplug it and plug it in again, or restart the browser, and try again.',
    },
    camera_problems: {
      denied: 'The browser does not let this page use the camera; you can allow it beside the address.',
      missing: 'No camera was found.',
      busy: 'Another program is using the camera.',
      unfit: 'This camera does not work here; another one may.',
      insecure: 'The browser gives the camera only to pages opened with https.',
      unknown: 'The camera does not start.',
    },
    microphone_problems: {
      denied: 'The browser does not let this page use the microphone; you can allow it beside the address.',
      missing: 'No microphone was found.',
      busy: 'Another program is using the microphone.',
      unfit: 'This microphone does not work here; another one may.',
      insecure: 'The browser gives the microphone only to pages opened with https.',
      unknown: 'The microphone does not start.',
    },
  },

  people: {
    title: 'People',
    /** @param {number} number */
    others: number => count(number, { one: '# other person here', other: '# others here' }),
    nobody: 'Nobody else is here yet',
    others_come: 'How others get here',
    how: 'On another phone or computer on this network, open',
    or: 'or',
    call: 'Call',
    /** @param {string} name */
    callPerson: name => `Call ${name}`,
    knock: 'Knock',
    /** @param {string} name */
    knockOn: name => `Knock on ${name}'s room`,
    invite: 'Invite',
    /** @param {string} name */
    invitePerson: name => `Invite ${name}`,
    status: {
      available: 'available',
      in_call: 'in a call',
      away: 'away',
      do_not_disturb: 'do not disturb',
    },
    /** @param {readonly string[]} names */
    inCallWith: names => `in a call with ${list.format(brief(names, rest => `${rest} others`))}`,
    reconnecting: 'reconnecting…',
    locked: 'in a locked room',
    here: 'in this call',
    ringing: 'being called',
    /** @param {string} name */
    letRing: name => `Let ${name} ring again`,
    yourStatus: 'Your status',
    availability: {
      available: 'Available',
      away: 'Away',
      do_not_disturb: 'Do not disturb',
    },
    signOut: 'Sign out',
    show: 'People',
    close: 'Close the list',
    search: 'Find a person',
    nobodyFound: 'Nobody of that name is here.',
    share: 'Share the address',
    copy: 'Copy the address',
    copied: 'Copied',
    scan: 'Or point a phone camera at this:',
    keepOpen: 'A closed page cannot ring: leave this one open to be called.',
    notify: 'Notify me of calls',
    notNow: 'Not now',
  },

  notHere: {
    title: 'Not here now',
    /** @param {string} when */
    was: when => `was here ${when}`,
    /** @param {number} number */
    more: number => `${number} more`,
    /** @param {string} name */
    tell: name => `Tell me when ${name} comes`,
    tellShort: 'Tell me',
    forget: 'Forget whom I have met',
  },

  calling: {
    /** @param {string} name */
    calling: name => `Calling ${name}`,
    progress: {
      sent: 'Looking for the other end…',
      ringing: 'It is ringing.',
      in_another_call: 'In another call, and knows that you are calling.',
    },
    /** @param {number} seconds */
    secondsLeft: seconds => count(seconds, { one: '# second left', other: '# seconds left' }),
    cancel: 'Cancel',
    waiting: 'Waiting to be let in',
    waitingHow: 'Somebody in the room can open the door.',
    /** @param {readonly string[]} names */
    knockingAt: names => `Knocking at the room of ${list.format(brief(names, rest => `${rest} others`))}.`,
    withdraw: 'Stop knocking',
  },

  incoming: {
    /** @param {string} name */
    isCalling: name => `${name} is calling`,
    /** @param {readonly string[]} names */
    together: names => `In the call: ${list.format(names)}.`,
    /** @param {number} number */
    more: number => count(number, { one: '# more person is calling.', other: '# more people are calling.' }),
    accept: 'Accept',
    decline: 'Decline',
    declineWith: 'Decline with a reason',
    reasons: { busy: 'I am busy', in_a_minute: 'In a minute' },
    /** @param {string} name */
    quiet: name => `Don't let ${name} ring for now`,
    leaveAndJoin: 'Leave and join',
    bringHere: 'Bring here',
    /** @param {string} name */
    isKnocking: name => `${name} is knocking`,
    letIn: 'Let in',
    refuse: 'Refuse',
  },

  several: {
    everybody: 'Ring everybody',
    choose: 'Choose whom to ring',
    some: 'Choose',
    /** @param {number} number */
    ring: number => `Ring ${count(number, { one: '# person', other: '# people' })}`,
    stop: 'Cancel',
    /** @param {string} name */
    pick: name => `Choose ${name}`,
    /** @param {number} number */
    calling: number => `Calling ${count(number, { one: '# person', other: '# people' })}`,
    /** @param {readonly string[]} names */
    names: names => `Asked: ${list.format(brief(names, rest => `${rest} others`))}`,
  },

  answering: {
    title: 'Answer calls by itself',
    whom: { nobody: 'From nobody', chosen: 'From chosen people', everybody: 'From everybody' },
    means: 'After a chime and five seconds whoever calls sees and hears this room, until they leave. Everybody is told that this device answers by itself.',
    camera: 'Answer with camera',
    device: 'They are known by their device, not by their name.',
    none: 'Nobody is chosen yet.',
    add: 'Choose somebody who is here',
    nobodyHere: 'Nobody else is here yet',
    /** @param {string} name */
    remove: name => `Do not choose ${name}`,
    /** @param {string} name @param {number} seconds */
    answering: (name, seconds) => `Answering ${name} in ${seconds} s`,
    dont: "Don't answer",
    status: 'answers by itself',
    calling: 'It may be answered by itself: you are seen and heard at once.',
    /** @param {readonly string[]} names */
    sign: names => `Answered by itself: ${list.format(brief(names, rest => `${rest} others`))} ${names.length === 1 ? 'sees and hears' : 'see and hear'} this room.`,
    here: "I'm here",
    /** @param {readonly string[]} names */
    answered: names => `Answered by itself, perhaps nobody is there: ${list.format(names)}`,
  },

  call: {
    region: 'Call',
    you: 'You',
    length: 'Length of the call',
    mute: 'Mute',
    unmute: 'Unmute',
    cameraOff: 'Turn camera off',
    cameraOn: 'Turn camera on',
    shareScreen: 'Share screen',
    stopSharing: 'Stop sharing',
    /** @param {string} name */
    screenOf: (name) => `${name}'s screen`,
    /** @param {string} name */
    came: name => `${name} has joined.`,
    /** @param {string} name */
    went: name => `${name} has left.`,
    /** @param {string} name */
    isSilent: name => `${name} is muted.`,
    /** @param {string} name */
    showsScreen: name => `${name} is sharing their screen.`,
    information: 'Call information',
    settings: 'Settings',
    hangUp: 'Hang up',
    muted: 'muted',
    host: 'host',
    connecting: 'Connecting…',
    interrupted: 'The connection is interrupted…',
    failed: 'No connection',
    reconnecting: 'Reconnecting…',
    copyLink: 'Copy link to this room',
    shareLink: 'Share link to this room',
    lock: 'Lock the room',
    unlock: 'Unlock the room',
    locked: 'Locked: nobody can knock',
    /** @param {string} name */
    options: name => `Options for ${name}`,
    askToMute: 'Ask to mute',
    remove: 'Remove from the call',
    /** @param {string} name */
    removeSure: name => `Remove ${name} from the call?`,
    removeMeans: 'They may knock again.',
    /** @param {string} name */
    loudness: name => `Loudness of ${name}`,
    muteForMe: 'Mute for me',
    unmuteForMe: 'Unmute for me',
    mutedForMe: 'muted for you',
    hideMe: 'Hide my own picture',
    showMe: 'Show my own picture',
    pin: 'Pin',
    unpin: 'Unpin',
    pinned: 'pinned',
    closer: 'Look closer',
    whole: 'Show the whole picture',
    moveCorner: 'Move to another corner',
    grid: 'Grid',
    speaker: 'Speaker view',
    turnCamera: 'Switch camera',
    float: 'Small window over everything',
    unfloat: 'Back from the small window',
    fullScreen: 'Full screen',
    window: 'Leave full screen',
    weak: 'bad connection',
    spokeWhileMuted: 'You are muted: nobody hears you.',
    /** @param {string} name */
    echo: name => `Your voice comes back from ${name}. Are you in one room? Then mute one of the two devices.`,
    holding: 'You are heard while you hold the space bar.',
  },

  gestures: {
    raise: 'Raise hand',
    lower: 'Lower hand',
    react: 'React',
    reactions: { thumbs_up: 'Thumbs up', heart: 'Heart', laugh: 'Laughter', applause: 'Applause' },
    /** @param {number} place */
    raised: place => `hand raised, number ${place}`,
    /** @param {readonly string[]} names */
    up: names => `Hand raised: ${list.format(brief(names, rest => `${rest} others`))}.`,
    /** @param {number} place */
    mine: place => `Your hand is raised, number ${place}.`,
    lowered: 'Your hand is lowered.',
    /** @param {readonly string[]} names @param {string} what */
    reacted: (names, what) => `${what}: ${list.format(brief(names, rest => `${rest} others`))}.`,
    sounds: 'Sounds of hands and reactions',
  },

  data: {
    title: 'Pictures and data',
    uses: { everything: 'All pictures', save: 'Save data: small pictures', sound: 'Sound only' },
    soundOnly: 'sound only',
    /** @param {string} name */
    theirs: name => `${name} is there by sound only.`,
    end: { save: 'Saving data: show large pictures again', sound: 'Sound only: show pictures again' },
  },

  keys: {
    title: 'Keyboard shortcuts',
    on: 'Use these shortcuts',
    space: 'Space',
    hold: 'speak while it is held, when muted',
    mute: 'microphone on or off',
    camera: 'camera on or off',
    share: 'share the screen, or stop',
    layout: 'grid, or speaker view',
    fullScreen: 'full screen',
    float: 'small window over everything',
    own: 'hide my own picture, or show it',
    people: 'list of people',
    hand: 'raise or lower the hand',
    list: 'this list',
  },

  info: {
    title: 'Call information',
    path: 'Path',
    paths: { direct: 'straight to the other device', relay: 'through the box', relay_tcp: 'through the box, by TCP', relay_tls: 'through the box, through TLS' },
    picture: 'Picture',
    /** @param {number} number */
    frames: number => count(number, { one: '# frame per second', other: '# frames per second' }),
    size: 'Size sent',
    layers: { small: 'small', middle: 'medium', large: 'large' },
    lost: 'Lost on the way',
    roundTrip: 'There and back',
    boxRoundTrip: 'To the box and back',
    /** @param {number} number */
    unsent: number => count(number, { one: 'The box could not send you # packet', other: 'The box could not send you # packets' }) + ': the network there may not carry such. Tell whoever looks after it.',
    /** How I get to the others. */
    mine: {
      good: 'What you send gets through well.',
      my_loss: 'Part of what you send is lost: come closer to the Wi-Fi, or use a cable.',
      loss_between: 'Part of what you send is lost, though your way to the box is good: it is lost near the other end.',
      my_delay: 'What you send arrives late: your network is slow or busy.',
      my_narrow_link: 'Your network carries no larger pictures at the moment.',
      my_slow_device: 'Your device is at its limit, so others see you smaller or less smoothly: close other programs.',
    },
    /** How somebody gets here. */
    theirs: {
      /** @param {string} name */
      good: name => `${name} comes through well.`,
      /** @param {string} name */
      connecting: name => `The way to ${name} is being made.`,
      /** @param {string} name */
      interrupted: name => `The way to ${name} is interrupted; it is tried again.`,
      /** @param {string} name */
      failed: name => `No way to ${name} was found; it is tried again.`,
      /** @param {string} name */
      box_strained: name => `The box has a lot to carry, so ${name} comes in a smaller picture.`,
      /** @param {string} name */
      my_loss: name => `Part of what comes from ${name} is lost on your side: come closer to the Wi-Fi, or use a cable.`,
      /** @param {string} name */
      their_loss: name => `Part of what ${name} sends is lost on their side: they should come closer to the Wi-Fi, or use a cable.`,
      /** @param {string} name */
      loss_between: name => `Part of what ${name} sends is lost between the two of you.`,
      /** @param {string} name */
      my_delay: name => `${name} comes late: your network is slow or busy.`,
      /** @param {string} name */
      their_delay: name => `${name} comes late: the network over there is slow or busy.`,
      /** @param {string} name */
      delay_between: name => `${name} comes late: the network between the two of you is slow or busy.`,
      /** @param {string} name */
      my_narrow_link: name => `Your network is slow, so ${name} comes in a smaller picture.`,
      /** @param {string} name */
      my_slow_device: name => `Your device cannot show all pictures of ${name}: close other programs.`,
      /** @param {string} name */
      their_slow_device: name => `Few pictures come from ${name}, though nothing is lost: that device is slow, or the room is dark.`,
    },
  },

  connection: {
    unable: {
      webrtc: 'This browser cannot make calls, because it has no WebRTC: use Firefox, Chrome, Edge or Safari.',
      lockdown: 'This browser cannot make calls, because Lockdown Mode is on: turn it off for this website in the page menu beside the address.',
    },
    lost: 'The connection to the box is lost. Trying again…',
    lostInCall: 'The connection to the box is lost, the call goes on. Trying again…',
    soundBlocked: 'Tap or click to turn the sound on.',
    takenOver: 'You are now here in another tab or on another device.',
    useHere: 'Use here',
  },

  settings: {
    title: 'Settings',
    close: 'Close',
    noMoreWarnings: 'No more warnings',
    save: 'Save',
    language: 'Language',
    notifications: {
      title: 'Notifications',
      default: 'Tell me of calls when this page is in the background',
      granted: 'Calls are told when this page is in the background.',
      denied: 'The browser does not let this page show notifications.',
      unsupported: 'This browser shows no notifications.',
    },
    onlyInCalls: 'Camera only in calls',
    stayAwake: 'Keep this screen on',
    /** @param {string} host @param {string} version */
    about: (host, version) => `${host}, version ${version}`,
  },

  notices: {
    dismiss: 'Dismiss',
    updated: 'A newer page is here.',
    spaceClosed: {
      removed: 'This space is closed. Ask whoever gave you the link for a new one.',
      expired: 'The time of this space is over.',
      too_many: 'No more spaces can be made at the moment. Please wait a few minutes and try again.',
    },
    linkCopied: 'The link to this room is copied. Who opens it knocks here.',
    /** @param {string} address */
    linkShown: address => `The link to this room: ${address}`,
    linkLocked: 'The room is locked: nobody can knock until the host unlocks it.',
    linkElsewhere: 'The link leads to another call than the one you are in.',
    leaveAndKnock: 'Leave and knock',
    reload: 'Load it',
    callBack: 'Call back',
    /** @param {string} name */
    callBackTo: name => `Call back ${name}`,
    /** How an invitation of mine ended. */
    mine: {
      /** @param {string} name */
      accepted: name => `${name} is coming.`,
      /** @param {string} name */
      declined: name => `${name} cannot talk now.`,
      /** @param {string} name */
      busy: name => `${name} is busy.`,
      /** @param {string} name */
      in_a_minute: name => `${name} will have time in a minute.`,
      /** @param {string} name */
      do_not_disturb: name => `${name} does not want to be disturbed.`,
      /** @param {string} name */
      cancelled: name => `You stopped calling ${name}.`,
      /** @param {string} name */
      expired: name => `${name} didn't answer.`,
      /** @param {string} name */
      overtaken: name => `You are with ${name} already.`,
      /** @param {string} name */
      gone: name => `${name} is not here any more.`,
    },
    /** How somebody's invitation to me ended. */
    theirs: {
      /** @param {string} name */
      accepted: name => `You accepted the call from ${name}.`,
      /** @param {string} name */
      declined: name => `You declined the call from ${name}.`,
      /** @param {string} name */
      cancelled: name => `${name} hung up before you answered.`,
      /** @param {string} name */
      expired: name => `You missed a call from ${name}.`,
      /** @param {string} name */
      overtaken: name => `You are with ${name} already.`,
      /** @param {string} name */
      gone: name => `${name} called and is not here any more.`,
    },
    roomEnded: {
      left: 'You hung up.',
      removed: 'The host removed you from the call.',
      /** @param {string} name */
      last_left: name => `${name} hung up.`,
      /** @param {string} name */
      last_lost: name => `The connection to ${name} is lost.`,
      interrupted: 'The call was interrupted.',
    },
    knock: {
      admitted: 'Come in!',
      refused: "They can't let you in right now.",
      withdrawn: 'You stopped knocking.',
      expired: 'Nobody opened the door.',
      locked: 'The room was locked.',
      gone: 'The call is over.',
      overtaken: 'You are in another call now.',
    },
    /** @param {string} name */
    askedToMute: name => `${name} muted you.`,
    /** @param {string} name */
    came: name => `${name} is here.`,
    back: 'The connection is back.',
    meshed: 'The box passes on no picture and sound here, so they go straight between you: four people at most see and hear each other.',
    meshFull: 'The box passes on no picture and sound here, so only four people can see and hear each other.',
    strained: 'The box has a lot to carry: pictures are smaller for a while.',
    deviceLost: { camera: 'The camera stopped.', microphone: 'The microphone stopped.' },
    /** @param {string} name */
    pathFailed: name => `No way was found for picture and sound to ${name} yet.`,
    errors: {
      not_understood: 'The page and the box do not understand each other; please reload the page.',
      hello_first: 'The box does not know you yet; please reload the page.',
      pin_needed: 'This box lets in whoever knows its PIN.',
      pin_wrong: 'That is not the PIN. Please try again.',
      pin_wait: 'There were too many wrong PINs. Please wait a few minutes and try again.',
      name_invalid: 'This name cannot be shown to others.',
      lobby_full: 'Too many people are here already.',
      too_many_from_address: 'Too many people have come from your network address; please try again in a few minutes.',
      person_unknown: 'This person is not here any more.',
      not_yourself: 'You cannot call yourself.',
      too_many_invitations: 'You are calling too many people at once.',
      ring_wait: 'You have called very often in a short time; please wait a little.',
      too_often: 'That is too often in a short time; please wait a little.',
      room_full: 'This call has no room for one more.',
      room_unknown: 'This call is over.',
      room_locked: 'This room is locked.',
      already_in_room: 'You are in this call already.',
      not_in_room: 'You are not in this call.',
      host_only: 'Only the host may do this.',
    },
  },
}
